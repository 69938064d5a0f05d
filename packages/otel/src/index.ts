export { type ExportedSpan, type ExportSpansOptions, exportSpans } from './export-spans.ts';

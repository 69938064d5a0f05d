/** What people call the tools: `renderVideo` is "Render video". */
export function toolTitle(name: string): string {
  const words = name.replaceAll(/(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The words of the components that are not as they come. */
export const labels = { tool: toolTitle };

'use client';

import type { InputRequest, Json } from '@latecall/core';
import { type FormEvent, type ReactElement, useId } from 'react';
import { type Labels, withEnglish } from './labels.ts';
import { answerOf, type QuestionField, questionFields } from './question-fields.ts';
import type { CommandVerdict } from './send-command.ts';
import { useCommand } from './use-command.ts';

/** What {@link AsyncFunctionQuestion} shows. */
export interface AsyncFunctionQuestionProps {
  readonly view: { readonly handle: string; readonly inputRequest?: InputRequest };
  /** `answer` of `useAsyncFunctions`. */
  readonly onAnswer: (handle: string, answer: { key?: string | undefined; answer: Json }) => Promise<CommandVerdict>;
  readonly labels?: Partial<Labels>;
  readonly className?: string;
}

/** The question of whoever does the work, with the fields that its schema asks for. Nothing while there is none. */
export function AsyncFunctionQuestion(props: AsyncFunctionQuestionProps): ReactElement | null {
  const { view, onAnswer, labels, className } = props;
  const words = withEnglish(labels);
  const id = useId();
  const { busy, refusal, send } = useCommand(words.failed);
  const { handle, inputRequest } = view;
  if (inputRequest === undefined) return null;
  const { key, message, schema } = inputRequest;
  const fields = questionFields(schema);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const { submitter } = event.nativeEvent as SubmitEvent; // React's own event of a form
    const data = new FormData(event.currentTarget);
    const pressed = submitter?.getAttribute('data-answer');
    const texts = fields.map((_, index) => pressed ?? textIn(data, `field-${index}`));
    void send(() => onAnswer(handle, { key, answer: answerOf(fields, texts) }));
  };
  const isYesOrNo = fields.length === 1 && fields[0]?.name === undefined && fields[0]?.kind === 'boolean';

  return (
    <form
      key={key}
      className={className}
      data-latecall="question"
      data-busy={busy || undefined}
      aria-labelledby={`${id}-message`}
      onSubmit={submit}
    >
      <p id={`${id}-message`} data-latecall="question-message">
        {message}
      </p>
      {isYesOrNo ? (
        <>
          <button type="submit" data-answer="true" aria-disabled={busy}>
            {words.yes}
          </button>
          <button type="submit" data-answer="false" aria-disabled={busy}>
            {words.no}
          </button>
        </>
      ) : (
        <>
          {fields.map((field, index) => (
            <Field key={field.name ?? ''} field={field} name={`field-${index}`} id={`${id}-${index}`} labels={words} />
          ))}
          <button type="submit" aria-disabled={busy}>
            {words.send}
          </button>
        </>
      )}
      <p role="status" data-latecall="refusal">
        {refusal}
      </p>
    </form>
  );
}

function Field(props: { field: QuestionField; name: string; id: string; labels: Labels }): ReactElement {
  const { field, name, id, labels } = props;
  const { label = labels.answer, kind, choices, required } = field;
  return (
    <div data-latecall="field">
      <label htmlFor={id}>{label}</label>
      {kind === 'choice' ? (
        <select id={id} name={name} required={required}>
          {required ? null : <option value="" />}
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          name={name}
          type={kind === 'boolean' ? 'checkbox' : kind}
          required={required && kind !== 'boolean'}
          {...(kind === 'boolean' ? { value: 'true' } : {})}
          {...(kind === 'number' ? { step: 'any' } : {})}
        />
      )}
    </div>
  );
}

function textIn(data: FormData, name: string): string | undefined {
  const value = data.get(name);
  return typeof value === 'string' ? value : undefined;
}

// Questions that come faster than answers: one is under way at a time, and when its answer is there the newest
// question follows at once; those between are never asked. So answers come as fast as the server gives them,
// in order, and none overtakes another.

/** Returns what takes the next question, or null to want no more answers. */
export function newestFirst<Question, Answer>(
  ask: (question: Question) => Promise<Answer>,
  tell: (answer: Answer) => void,
): (question: Question | null) => void {
  let wanted: Question | null = null;
  /** Whether the question under way is still of interest. */
  let following = false;
  let busy = false;

  async function work(): Promise<void> {
    busy = true;
    while (wanted !== null) {
      const question = wanted;
      wanted = null;
      // A refusal leaves the last answer standing; the next question may fare better.
      const answer = await ask(question).then((value) => ({ value }), () => null);
      if (answer && following) tell(answer.value);
    }
    busy = false;
  }

  return (question) => {
    wanted = question;
    following = question !== null;
    if (!busy) void work();
  };
}

package org.openautoglm.operators.batching;

import org.openautoglm.schemas.flow.UnfinishedPrompt;
import org.openautoglm.schemas.flow.WaitingLine;

/**
 * Where prompts lie that are not on the heap, or not only there: each under its window's key and a
 * number. Belongs to the task thread. What fails here fails the job.
 */
interface PromptStore {
  void put(String key, long number, UnfinishedPrompt prompt);

  /** The prompt of that number, or null. */
  UnfinishedPrompt get(String key, long number);

  void remove(String key, long number);

  /** Says which prompts of a key there are; null, where there are none. */
  void putLine(String key, WaitingLine line);
}

package org.openautoglm.operators.inference;

import java.util.List;

/**
 * What a task tells a provider of engines about the place where it runs. It knows neither Flink nor
 * a runtime, so that engines can be written, and tried, without either.
 */
public interface TaskContext {

  /** Outside of tasks, as on the command line: no GPU is offered, and classes stay loaded. */
  TaskContext NONE =
      new TaskContext() {
        @Override
        public String subtask() {
          return "";
        }

        @Override
        public List<Integer> gpus() {
          return List.of();
        }

        @Override
        public int slots() {
          return 1;
        }

        @Override
        public void onRelease(String name, Runnable action) {}
      };

  /** Names the subtask among all of this process. */
  String subtask();

  /** The GPUs that its process offers, by the indexes that CUDA counts them by, in order. */
  List<Integer> gpus();

  /** How many slots of the process share those GPUs. */
  int slots();

  /**
   * Has something done when the job's classes are about to be unloaded from this process.
   *
   * @param name of several actions of one name, the first is done
   */
  void onRelease(String name, Runnable action);
}

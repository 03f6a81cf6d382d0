package org.openautoglm.operators.inference.generation.sampling;

/**
 * Finds the k-th largest logit in one pass with a heap of k: nearly all logits are refused by a
 * single comparison. Scratch of one decode thread.
 */
final class TopK {
  private float[] heap = new float[64];

  /**
   * The k-th largest of a row's logits.
   *
   * @param k from 1 to the row's length
   */
  float threshold(float[] row, int k) {
    if (heap.length < k) {
      heap = new float[k];
    }
    System.arraycopy(row, 0, heap, 0, k);
    for (int i = k / 2 - 1; i >= 0; i--) {
      sink(heap[i], i, k);
    }
    float least = heap[0];
    for (int i = k; i < row.length; i++) {
      if (row[i] > least) {
        sink(row[i], 0, k);
        least = heap[0];
      }
    }
    return least;
  }

  private void sink(float value, int from, int size) {
    int hole = from;
    int child = 2 * hole + 1;
    while (child < size) {
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (value <= heap[child]) {
        break;
      }
      heap[hole] = heap[child];
      hole = child;
      child = 2 * hole + 1;
    }
    heap[hole] = value;
  }
}

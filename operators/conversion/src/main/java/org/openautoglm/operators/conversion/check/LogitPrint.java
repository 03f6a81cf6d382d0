package org.openautoglm.operators.conversion.check;

/**
 * What is kept of the logits of one step, of which there may be hundreds of thousands: enough to
 * tell whether others are the same, and about how far they are off.
 *
 * @param hash of all of them, bit for bit
 * @param sample some of them, evenly spread
 * @param margin by how much the largest is larger than the next
 */
@SuppressWarnings("ArrayRecordComponent") // Compared through difference(), never changed.
record LogitPrint(long hash, float[] sample, float margin) {
  private static final int SAMPLE_MAX = 512;

  static LogitPrint of(float[] logits, int offset, int length) {
    int stride = Math.max(1, length / SAMPLE_MAX);
    float[] sample = new float[(length + stride - 1) / stride];
    long hash = 1;
    float first = Float.NEGATIVE_INFINITY;
    float second = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      float value = logits[offset + i];
      hash = 31 * hash + Float.floatToRawIntBits(value);
      if (i % stride == 0) {
        sample[i / stride] = value;
      }
      if (value > first) {
        second = first;
        first = value;
      } else if (value > second) {
        second = value;
      }
    }
    return new LogitPrint(hash, sample, first - second);
  }

  /** The largest difference seen; 0 only where every bit is the same. */
  double difference(LogitPrint other) {
    if (hash == other.hash) {
      return 0;
    }
    double largest = Float.MIN_VALUE;
    for (int i = 0; i < sample.length; i++) {
      double difference = Math.abs((double) sample[i] - other.sample[i]);
      largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
    }
    return largest;
  }
}

package org.openautoglm.operators.conversion.graph;

/** Numbers of 16 bits: IEEE 754's binary16 and bfloat16. Java 17 has neither. */
public final class HalfFloats {
  private static final int FLOAT_INFINITY = 0x7f80_0000;

  /** The least magnitude that rounds to infinity: 65520, half a step above the largest number. */
  private static final int OVERFLOW = 0x477f_f000;

  /** 2^-14, the least normal number. */
  private static final int NORMAL = 0x3880_0000;

  /** The exponents count from -127 and from -15. */
  private static final int REBIAS = (127 - 15) << 23;

  private HalfFloats() {}

  /** The float that a binary16 number is. */
  public static float fromHalf(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | (wide << 23) | (fraction << 13));
  }

  /** The float that a bfloat16 number is. */
  public static float fromBfloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The binary16 number nearest to a float, halves to even; infinite beyond 65504. */
  public static short toHalf(float value) {
    int bits = Float.floatToIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fff_ffff;
    if (magnitude > FLOAT_INFINITY) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= OVERFLOW) {
      return (short) (sign | 0x7c00);
    }
    if (magnitude < NORMAL) {
      return (short) (sign | (int) Math.rint(Math.abs((double) value) * 0x1p24));
    }
    int odd = (magnitude >> 13) & 1;
    return (short) (sign | ((magnitude - REBIAS + 0xfff + odd) >> 13));
  }
}

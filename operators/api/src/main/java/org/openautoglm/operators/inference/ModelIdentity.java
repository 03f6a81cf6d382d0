package org.openautoglm.operators.inference;

/**
 * Which model answered.
 *
 * @param name the configured name
 * @param version the version that its directory states, or empty
 * @param digest SHA-256 of the model file, hexadecimal
 */
public record ModelIdentity(String name, String version, String digest) {}

package org.openautoglm.jobs.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A port on the command line, 0 for any free one. */
final class PortOption implements ITypeConverter<Integer> {
  private static final int LARGEST = 65_535;

  @Override
  public Integer convert(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= LARGEST) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Not a number is as wrong as one that is out of range.
    }
    throw new TypeConversionException(
        "'" + text + "' is not a port; write a number from 0 to " + LARGEST);
  }
}

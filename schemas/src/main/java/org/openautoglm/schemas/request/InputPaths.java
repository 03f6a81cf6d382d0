package org.openautoglm.schemas.request;

/** The names that one format gives to places in a request, for the messages about them. */
public interface InputPaths {

  /** Where the temperature stands. */
  String temperature();

  /** Where a text stands, by its place among the texts. */
  String text(int index);

  /** Where a conversation stands, by its place among the conversations. */
  String conversation(int index);

  /** Where a message of a conversation stands. */
  String message(int conversation, int message);
}

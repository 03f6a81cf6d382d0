/**
 * From a conversation to the prompt that a model was trained on, through the Jinja template that
 * its directory brings; the one package that knows the Jinja library.
 */
package org.openautoglm.operators.inference.generation.chat;

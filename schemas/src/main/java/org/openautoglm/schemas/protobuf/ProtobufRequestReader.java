package org.openautoglm.schemas.protobuf;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import org.openautoglm.schemas.request.Excerpt;
import org.openautoglm.schemas.request.InputPaths;
import org.openautoglm.schemas.request.MalformedRecordException;
import org.openautoglm.schemas.request.Problems;
import org.openautoglm.schemas.request.ReadRequest;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.request.RequestRules;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Parameters;
import org.openautoglm.schemas.wire.Settle;

/**
 * Reads a request from protobuf, strictly: unknown fields, fields of another wire type and unknown
 * enum values break the contract. Where a field that is not repeated stands twice, the last one
 * counts, as protobuf has it. Immutable and thread-safe.
 */
public final class ProtobufRequestReader {
  private final RequestRules rules;

  public ProtobufRequestReader(RequestLimits limits) {
    rules = new RequestRules(limits);
  }

  /**
   * Reads a record's value.
   *
   * @throws MalformedRecordException where it holds no protobuf message, or texts that are not
   *     UTF-8; everything else is among the problems of what is returned
   */
  public ReadRequest read(ByteString value) throws MalformedRecordException {
    InferenceRequest read;
    try {
      read = InferenceRequest.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedRecordException(
          "the record is not a protobuf InferenceRequest: " + Excerpt.ofLine(e.getMessage()));
    }
    Problems problems = new Problems();
    UnknownFields.check(read, problems);
    InferenceRequest.Builder request = read.toBuilder();
    if (read.getSettle() == Settle.UNRECOGNIZED) {
      problems.add("settle", "is " + read.getSettleValue() + ": give 0 (ALL) or 1 (ALL_SETTLED)");
      request.clearSettle();
    }
    if (read.getInputsCount() > 0 && read.getConversationsCount() > 0) {
      problems.add(
          "conversations",
          "and inputs are both given: publish texts and conversations as two requests");
    }
    if (read.getParameters().equals(Parameters.getDefaultInstance())) {
      request.clearParameters();
    }
    rules.check(request, Paths.INSTANCE, problems);
    return new ReadRequest(request, List.of(), problems);
  }

  private enum Paths implements InputPaths {
    INSTANCE;

    @Override
    public String temperature() {
      return "temperature";
    }

    @Override
    public String text(int index) {
      return "inputs[" + index + "]";
    }

    @Override
    public String conversation(int index) {
      return "conversations[" + index + "]";
    }

    @Override
    public String message(int conversation, int message) {
      return "conversations[" + conversation + "].messages[" + message + "]";
    }
  }
}

package org.openautoglm.operators.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceResult;

class FailureLogTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final Logger logger = (Logger) LogManager.getLogger(FailureLog.class);
  private final Events events = new Events();
  private final FailureLog log = new FailureLog("settle (1/2)");

  @BeforeEach
  void listen() {
    events.start();
    logger.addAppender(events);
    Configurator.setLevel(logger.getName(), Level.WARN);
  }

  @AfterEach
  void stop() {
    logger.removeAppender(events);
  }

  @Test
  void saysWhatFindsTheRequest() {
    log.settled(
        failed(FailureCode.MODEL_FAILURE),
        origin("00-" + TRACE + "-00f067aa0ba902b7-01"),
        1_500_000);
    assertThat(events.all).hasSize(1);
    LogEvent event = events.all.get(0);
    assertThat(event.getMessage().getFormattedMessage())
        .contains("r-1", "prompts-3-17", "MODEL_FAILURE")
        .doesNotContain("others");
    assertThat(event.getContextData().toMap())
        .containsEntry("trace_id", TRACE)
        .containsEntry("duration_ms", "500.0")
        .containsEntry("task", "settle (1/2)");
  }

  @Test
  void countsWhatItDoesNotSay() {
    for (int i = 0; i < 100; i++) {
      log.settled(failed(FailureCode.MODEL_FAILURE), origin(""), 2_000_000 + i);
    }
    log.settled(failed(FailureCode.MODEL_UNAVAILABLE), origin(""), 2_000_200);
    assertThat(events.all).hasSize(2);
    log.settled(failed(FailureCode.MODEL_FAILURE), origin(""), 13_000_000);
    assertThat(events.all.get(2).getMessage().getFormattedMessage())
        .endsWith("so did 99 others since the last such line");
    assertThat(events.all.get(2).getContextData().toMap()).doesNotContainKey("trace_id");
  }

  /** As a savepoint of a later version holds it after a rollback. */
  @Test
  void logsACodeThatItDoesNotKnow() {
    InferenceResult later =
        InferenceResult.newBuilder()
            .setRequestId("r-1")
            .setError(Error.newBuilder().setCode("OF_A_LATER_VERSION"))
            .build();
    log.settled(later, origin(""), 1);
    assertThat(events.all.get(0).getMessage().getFormattedMessage()).contains("OF_A_LATER_VERSION");
  }

  @Test
  void isSilentAboutWhatIsTheSendersFault() {
    log.settled(failed(FailureCode.PROMPT_TOO_LONG), origin(""), 1);
    log.settled(InferenceResult.newBuilder().setRequestId("r-1").build(), origin(""), 1);
    assertThat(events.all).isEmpty();
  }

  @Test
  void readsTracesAsW3cWritesThem() {
    assertThat(FailureLog.trace(origin("00-" + TRACE + "-00f067aa0ba902b7-00"))).isEqualTo(TRACE);
    assertThat(FailureLog.trace(origin("01-" + TRACE + "-00f067aa0ba902b7-00-more")))
        .isEqualTo(TRACE);
    assertThat(FailureLog.trace(origin("00-" + TRACE.substring(1) + "-00f067aa0ba902b7-00")))
        .isEmpty();
    assertThat(FailureLog.trace(origin("nonsense"))).isEmpty();
  }

  private static InferenceResult failed(FailureCode code) {
    return InferenceResult.newBuilder()
        .setRequestId("r-1")
        .setModelId("m")
        .setError(code.error("because"))
        .build();
  }

  private static Origin origin(String traceparent) {
    Origin.Builder origin = Origin.newBuilder();
    origin
        .getSourceBuilder()
        .setTopic("prompts")
        .setPartition(3)
        .setOffset(17)
        .setTimestampMs(1000);
    if (!traceparent.isEmpty()) {
      origin.addHeaders(
          Header.newBuilder().setKey("traceparent").setValue(ByteString.copyFromUtf8(traceparent)));
    }
    return origin.build();
  }

  private static final class Events extends AbstractAppender {
    private final List<LogEvent> all = new ArrayList<>();

    Events() {
      super("events", null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      all.add(event.toImmutable());
    }
  }
}

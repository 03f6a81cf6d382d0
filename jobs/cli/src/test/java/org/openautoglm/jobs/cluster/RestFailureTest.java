package org.openautoglm.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class RestFailureTest {
  @Test
  void namesTheLastCauseOfATraceFromElsewhere() {
    String trace =
        """
        org.apache.flink.util.FlinkException: could not start
        \tat org.apache.flink.A.b(A.java:1)
        Caused by: java.lang.RuntimeException: because
        \tat x.Y.z(Y.java:2)
        Caused by: java.io.FileNotFoundException: Cannot find file: /x
        \t... 3 more
        \tSuppressed: java.lang.Exception: could not be closed
        \t\tat x.Y.close(Y.java:3)
        \tCaused by: java.lang.RuntimeException: of the cleanup
        \t\t... 3 more
        """;
    assertThat(RestFailure.lastCause(trace))
        .isEqualTo("FileNotFoundException: Cannot find file: /x");
    assertThat(RestFailure.lastCause("just words: no trace")).isEqualTo("just words: no trace");
  }

  @Test
  void ourOwnRefusalsAreSentencesAndAllTheirLinesCount() {
    String trace =
        """
        org.apache.flink.runtime.JobException: Recovery is suppressed
        \tat org.apache.flink.A.b(A.java:1)
        Caused by: org.openautoglm.jobs.kafka.start.StartRefusedException: group g has read before:
        at offset 7
        \tat x.Y.z(Y.java:2)
        \t... 3 more
        """;
    assertThat(RestFailure.lastCause(trace)).isEqualTo("group g has read before:\nat offset 7");
  }

  @Test
  void saysThatNobodyAnswers() {
    assertThat(
            RestFailure.of("http://flink:8081", new ExecutionException(new ConnectException("no"))))
        .hasMessageContaining("no Flink cluster answers at http://flink:8081");
  }

  @Test
  void refusesWhatIsNoAddress() {
    for (String url : new String[] {"http://", "ftp://flink:8081", "a b", ":8081"}) {
      assertThatThrownBy(() -> FlinkRest.open(url, new Configuration()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is no URL");
    }
  }
}

package org.openautoglm.operators.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDigestsTest {
  @TempDir private Path directory;

  private final AtomicInteger computed = new AtomicInteger();

  @Test
  void computesOnceForAllWhoAskAtTheSameTime() throws Exception {
    Path file = Files.writeString(directory.resolve("model.onnx"), "weights");
    CountDownLatch goOn = new CountDownLatch(1);
    FileDigests digests =
        new FileDigests(
            path -> {
              computed.incrementAndGet();
              awaitUninterrupted(goOn);
              return "digest";
            });
    FutureTask<String> first = new FutureTask<>(() -> digests.of(file));
    FutureTask<String> second = new FutureTask<>(() -> digests.of(file));
    new Thread(first).start();
    await().until(() -> computed.get() == 1);
    Thread waiting = new Thread(second);
    waiting.start();
    await().until(() -> computed.get() > 1 || waiting.getState() == Thread.State.BLOCKED);
    goOn.countDown();
    assertThat(first.get()).isEqualTo("digest");
    assertThat(second.get()).isEqualTo("digest");
    assertThat(computed).hasValue(1);
  }

  @Test
  void computesAgainWhatHasChangedOrCouldNotBeRead() throws Exception {
    Path file = Files.writeString(directory.resolve("model.onnx"), "weights");
    FileDigests digests =
        new FileDigests(
            path -> {
              if (computed.incrementAndGet() == 1) {
                throw new IOException("interrupted");
              }
              return Files.readString(path);
            });
    assertThatThrownBy(() -> digests.of(file)).isInstanceOf(IOException.class);
    assertThat(digests.of(file)).isEqualTo("weights");
    Files.writeString(file, "other weights");
    assertThat(digests.of(file)).isEqualTo("other weights");
    assertThat(digests.of(file)).isEqualTo("other weights");
    assertThat(computed).hasValue(3);
  }

  private static void awaitUninterrupted(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(1, TimeUnit.MINUTES)) {
        throw new IOException("nobody lets it go on");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}

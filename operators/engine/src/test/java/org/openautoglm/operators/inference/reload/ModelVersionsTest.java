package org.openautoglm.operators.inference.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.sharing.SharedPool;
import org.openautoglm.operators.inference.sharing.SharedPool.Share;
import org.openautoglm.operators.testing.ScriptedEngine;

/** When a version is noticed, tried, taken, refused and closed. */
class ModelVersionsTest {
  private final Place place = new Place();
  private final ScheduledExecutorService thread = Executors.newScheduledThreadPool(1);
  private final Version first = new Version("v1");
  private final List<Version> loaded = new ArrayList<>(List.of(first));
  private final SharedPool<String, ModelVersions<Version>> pool = new SharedPool<>();
  private Share<ModelVersions<Version>> share;
  private ModelVersions<Version> versions;
  private EngineLease lease;

  @BeforeEach
  void open() throws Exception {
    share = pool.acquire("m", () -> new ModelVersions<>("m", first, place, place.stamp, thread));
    versions = share.value();
    lease = versions.lease(share);
  }

  @AfterEach
  void close() {
    thread.shutdownNow();
  }

  private static final class Version implements LoadedVersion {
    private final ScriptedEngine engine;
    private final AtomicInteger closed = new AtomicInteger();

    Version(String digest) {
      engine = new ScriptedEngine(new Device("cpu", 1, Runnable::run)).version("", digest);
    }

    @Override
    public List<InferenceEngine> engines() {
      return List.of(engine);
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  /** A place where versions appear as the test says. */
  private final class Place implements VersionSource<Version> {
    private String stamp = "v1";
    private String content = "v1";
    private Runnable whileLoading = () -> {};
    private boolean gone;
    private int loads;

    void holds(String version) {
      stamp = version;
      content = version;
    }

    @Override
    public String stamp() throws IOException {
      if (gone) {
        throw new IOException("there is nothing");
      }
      return stamp;
    }

    @Override
    public Optional<Version> load(Version serving) throws ModelLoadException {
      loads++;
      whileLoading.run();
      if (content.startsWith("bad")) {
        throw new ModelLoadException(content + " answers ordinary texts with NaN");
      }
      if (content.equals(serving.engine.identity().digest())) {
        return Optional.empty();
      }
      loaded.add(new Version(content));
      return Optional.of(loaded.get(loaded.size() - 1));
    }
  }

  private static String digest(EngineLease lease) {
    return lease.engines().get(0).identity().digest();
  }

  /** Waits for what was handed to the thread. */
  private void settle() throws Exception {
    thread.submit(() -> {}).get(1, TimeUnit.MINUTES);
  }

  @Test
  void nothingIsReadWhileThePlaceLooksTheSame() {
    versions.look();
    versions.look();
    assertThat(place.loads).isZero();
    assertThat(lease.successor()).isEmpty();
  }

  @Test
  void aVersionIsTakenWhenItHasSettledAndTheOldOneGoesWithItsLastLease() throws Exception {
    place.holds("v2");
    versions.look();
    assertThat(place.loads).as("it may still be written to").isZero();
    versions.look();

    EngineLease newer = lease.successor().orElseThrow();
    assertThat(digest(newer)).isEqualTo("v2");
    assertThat(digest(lease)).isEqualTo("v1");
    assertThat(newer.successor()).isEmpty();
    settle();
    assertThat(first.closed.get()).isZero();

    lease.close();
    lease.close();
    settle();
    assertThat(first.closed.get()).isEqualTo(1);
    assertThat(pool.size()).isEqualTo(1);

    newer.close();
    assertThat(loaded.get(1).closed.get()).isEqualTo(1);
    assertThat(pool.size()).isZero();
    assertThat(thread.isShutdown()).isTrue();
  }

  @Test
  void whatIsBeingWrittenIsLeftAlone() {
    for (int step = 0; step < 5; step++) {
      place.holds("half-" + step);
      versions.look();
    }
    assertThat(place.loads).isZero();
  }

  @Test
  void aVersionThatFailsChangesNothingIsCountedAndNotTriedAgain() {
    place.holds("bad");
    for (int look = 0; look < 5; look++) {
      versions.look();
    }
    assertThat(place.loads).isEqualTo(1);
    assertThat(lease.failedReloads()).isEqualTo(1);
    assertThat(lease.successor()).isEmpty();

    place.holds("v3");
    versions.look();
    versions.look();
    assertThat(digest(lease.successor().orElseThrow())).isEqualTo("v3");
    assertThat(lease.failedReloads()).isEqualTo(1);
  }

  @Test
  void aVersionThatChangesWhileItIsReadIsDroppedAndReadAgain() {
    place.holds("v2");
    place.whileLoading = () -> place.stamp = "v2 and a file more";
    versions.look();
    versions.look();
    assertThat(lease.successor()).isEmpty();
    assertThat(loaded.get(1).closed.get()).isEqualTo(1);

    place.whileLoading = () -> {};
    versions.look();
    assertThat(digest(lease.successor().orElseThrow())).isEqualTo("v2");
  }

  /** Files that are half there when they are read are nobody's failure. */
  @Test
  void aFailureWhileThePlaceChangesIsNoFailure() {
    place.holds("bad half");
    place.whileLoading = () -> place.holds("v2");
    versions.look();
    versions.look();
    assertThat(lease.failedReloads()).isZero();
    place.whileLoading = () -> {};
    versions.look();
    assertThat(digest(lease.successor().orElseThrow())).isEqualTo("v2");
  }

  @Test
  void filesThatWereOnlyTouchedAreNoNewVersion() {
    place.stamp = "v1, touched";
    for (int look = 0; look < 5; look++) {
      versions.look();
    }
    assertThat(place.loads).isEqualTo(1);
    assertThat(lease.successor()).isEmpty();
    assertThat(lease.failedReloads()).isZero();
  }

  @Test
  void aPlaceThatVanishesChangesNothing() {
    place.gone = true;
    versions.look();
    versions.look();
    assertThat(lease.successor()).isEmpty();
    assertThat(lease.failedReloads()).isZero();
    place.gone = false;
    place.holds("v2");
    versions.look();
    versions.look();
    assertThat(digest(lease.successor().orElseThrow())).isEqualTo("v2");
  }

  @Test
  void whoeverWaitsIsToldUntilItsLeaseIsClosed() {
    List<String> told = new ArrayList<>();
    EngineLease other = versions.lease(share.again());
    lease.onSuccessor(() -> told.add("lease"));
    other.onSuccessor(() -> told.add("other"));
    other.close();
    place.holds("v2");
    versions.look();
    versions.look();
    assertThat(told).containsExactly("lease");
    lease.successor().orElseThrow().onSuccessor(() -> told.add("too early"));
    assertThat(told).containsExactly("lease");
  }

  @Test
  void whoeverComesLateIsToldAtOnce() {
    place.holds("v2");
    versions.look();
    versions.look();
    List<String> told = new ArrayList<>();
    lease.onSuccessor(() -> told.add("lease"));
    assertThat(told).containsExactly("lease");
  }

  @Test
  void aVersionThatIsThereAfterTheEndIsClosed() {
    place.holds("v2");
    place.whileLoading = lease::close;
    versions.look();
    assertThatCode(versions::look).doesNotThrowAnyException();
    assertThat(first.closed.get()).isEqualTo(1);
    assertThat(loaded.get(1).closed.get()).isEqualTo(1);
    assertThat(pool.size()).isZero();
  }
}

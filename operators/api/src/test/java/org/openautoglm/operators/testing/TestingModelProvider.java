package org.openautoglm.operators.testing;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskContext;
import org.openautoglm.schemas.wire.Conversation;

/**
 * Provides a test's own engines to every task of this process, however often the provider itself is
 * serialised on the way. Its preparer makes one token of each character.
 */
public final class TestingModelProvider implements ModelProvider {
  private static final long serialVersionUID = 1L;

  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final Map<Integer, TestingModelProvider> PROVIDERS = new ConcurrentHashMap<>();

  private final int number = NUMBERS.incrementAndGet();
  private final transient Map<String, List<InferenceEngine>> engines = new ConcurrentHashMap<>();
  private final transient Set<Lease> open = ConcurrentHashMap.newKeySet();
  private final transient AtomicInteger openLeases = new AtomicInteger();
  private final transient AtomicInteger leases = new AtomicInteger();

  public TestingModelProvider() {
    PROVIDERS.put(number, this);
  }

  /** Sets the engines of a model, the preferred first. */
  public TestingModelProvider with(String model, InferenceEngine... ofModel) {
    engines.put(model, List.of(ofModel));
    return this;
  }

  /** Gives a model newer engines: leases on the older ones have a successor from now on. */
  public void replace(String model, InferenceEngine... newer) {
    engines.put(model, List.of(newer));
    open.forEach(lease -> lease.wakes.forEach(Runnable::run));
  }

  /** Leases that were given out and not closed. */
  public int openLeases() {
    return openLeases.get();
  }

  /** Leases that were ever given out. */
  public int leases() {
    return leases.get();
  }

  private Object readResolve() {
    return PROVIDERS.get(number);
  }

  @Override
  public RowPreparer preparer(ModelSpec spec) {
    return new RowPreparer() {
      @Override
      public int[] prepare(String text) {
        return text.chars().toArray();
      }

      @Override
      public int[] prepare(Conversation conversation) {
        StringBuilder text = new StringBuilder();
        conversation.getMessagesList().forEach(message -> text.append(message.getContent()));
        return prepare(text.toString());
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public EngineLease engines(ModelSpec spec, TaskContext task) throws ModelLoadException {
    List<InferenceEngine> ofModel = engines.get(spec.name());
    if (ofModel == null) {
      throw new ModelLoadException("the test has no engine for " + spec.name());
    }
    return new Lease(spec.name(), ofModel);
  }

  /** A share in the engines that a model had when it was given out. */
  private final class Lease implements EngineLease {
    private final String model;
    private final List<InferenceEngine> ofModel;
    private final List<Runnable> wakes = new CopyOnWriteArrayList<>();

    Lease(String model, List<InferenceEngine> ofModel) {
      this.model = model;
      this.ofModel = ofModel;
      openLeases.incrementAndGet();
      leases.incrementAndGet();
      open.add(this);
    }

    @Override
    public List<InferenceEngine> engines() {
      return ofModel;
    }

    @Override
    public Optional<EngineLease> successor() {
      List<InferenceEngine> present = engines.get(model);
      return present == ofModel ? Optional.empty() : Optional.of(new Lease(model, present));
    }

    @Override
    public void onSuccessor(Runnable wake) {
      wakes.add(wake);
    }

    @Override
    public void close() {
      open.remove(this);
      openLeases.decrementAndGet();
    }
  }
}

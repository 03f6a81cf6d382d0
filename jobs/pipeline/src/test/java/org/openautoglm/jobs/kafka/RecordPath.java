package org.openautoglm.jobs.kafka;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.DefaultOpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.MockStreamingRuntimeContext;
import org.apache.flink.util.OutputTag;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.operators.admission.AdmitFunction;
import org.openautoglm.operators.batching.BatchKeys;
import org.openautoglm.operators.batching.MicroBatchWindowFactory;
import org.openautoglm.operators.batching.WindowConfig;
import org.openautoglm.operators.decode.DecodeFunction;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskContext;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.preparation.PrepareFunction;
import org.openautoglm.operators.settlement.OutputBounds;
import org.openautoglm.operators.settlement.SettleFunction;
import org.openautoglm.operators.tracing.TracingSpec;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.Output;

/** The topology's own code from Kafka record to Kafka record, to be called stage by stage. */
final class RecordPath implements AutoCloseable {
  private static final int KEY_GROUPS = 128;
  private static final int MAX_RESULT_BYTES = 1_000_000;
  private static final int CHARS_PER_TOKEN = 4;
  private static final Output ANSWER = Output.newBuilder().addEmbedding(1).build();

  private static final ModelSpec MODEL =
      new ModelSpec(
          "m",
          TaskType.EMBEDDING,
          "models/m",
          DevicePreference.CPU,
          1,
          EncoderSpec.FROM_MODEL,
          new BatchingSpec(32, 65_536, 0, 4_096, BatchingSpec.Policy.FIRST_COME_FIRST_SERVED, 100),
          new RetrySpec(3, 10, 1_000));

  private final ArrayDeque<Runnable> lane = new ArrayDeque<>();
  private final ModelProvider provider = new Models(new Device("cpu", 1, lane::add));
  private final BatchKeys keys = BatchKeys.of(List.of(MODEL), KEY_GROUPS);
  private final TypeSerializer<PreparedPrompt> serializer =
      MessageTypeInformation.ofMessage(PreparedPrompt.class).createSerializer(null);
  private final DataOutputSerializer buffer = new DataOutputSerializer(64 * 1024);
  private final PromptRecordDeserializer source = new PromptRecordDeserializer();
  private final OutputRecordSerializer sink =
      new OutputRecordSerializer(
          new Topics(
              "autoglm.prompts", "autoglm.results", "autoglm.audit", "autoglm.dead-letters"));
  private final DecodeFunction decode = new DecodeFunction(RequestLimits.DEFAULT);
  private final AdmitFunction admit = new AdmitFunction(List.of(MODEL));
  private final PrepareFunction prepare = new PrepareFunction(List.of(MODEL), provider, keys);
  private final SettleFunction settle =
      new SettleFunction(OutputBounds.fixed(MAX_RESULT_BYTES), TracingSpec.OFF);
  private final KeyedOneInputStreamOperatorTestHarness<String, PreparedPrompt, AnsweredPrompt>
      window;

  RecordPath() throws Exception {
    RuntimeContext context = new MockStreamingRuntimeContext(1, 0);
    decode.setRuntimeContext(context);
    decode.open(DefaultOpenContext.INSTANCE);
    admit.setRuntimeContext(context);
    admit.open(DefaultOpenContext.INSTANCE);
    prepare.setRuntimeContext(context);
    prepare.open(DefaultOpenContext.INSTANCE);
    settle.setRuntimeContext(context);
    settle.open(DefaultOpenContext.INSTANCE);
    WindowConfig config =
        new WindowConfig(List.of(MODEL), provider, thrown -> FailureCode.INTERNAL, keys, 0);
    window =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new MicroBatchWindowFactory(config),
            PreparedPrompt::getBatchKey,
            Types.STRING,
            KEY_GROUPS,
            1,
            0);
    window.setup(MessageTypeInformation.ofMessage(AnsweredPrompt.class).createSerializer(null));
    window.open();
  }

  List<PromptRecord> source(List<ConsumerRecord<byte[], byte[]>> records) {
    List<PromptRecord> prompts = new ArrayList<>(records.size());
    ListCollector<PromptRecord> out = new ListCollector<>(prompts);
    for (ConsumerRecord<byte[], byte[]> record : records) {
      source.deserialize(record, out);
    }
    return prompts;
  }

  List<Prompt> decode(List<PromptRecord> records) throws Exception {
    return process(decode, records);
  }

  List<Prompt> admit(List<Prompt> prompts) throws Exception {
    return process(admit, prompts);
  }

  List<PreparedPrompt> prepare(List<Prompt> prompts) throws Exception {
    return process(prepare, prompts);
  }

  private static <I, O> List<O> process(ProcessFunction<I, O> function, List<I> in)
      throws Exception {
    List<O> results = new ArrayList<>(in.size());
    ListCollector<O> out = new ListCollector<>(results);
    ProcessFunction<I, O>.Context context =
        function.new Context() {
          @Override
          public Long timestamp() {
            return null;
          }

          @Override
          public TimerService timerService() {
            throw new UnsupportedOperationException();
          }

          @Override
          public <X> void output(OutputTag<X> tag, X value) {
            throw new IllegalStateException("refused: " + value);
          }
        };
    for (I element : in) {
      function.processElement(element, context, out);
    }
    return results;
  }

  /** Leaves the bytes in a buffer, and tells how many records are in it. */
  List<Integer> send(List<PreparedPrompt> prompts) throws Exception {
    buffer.clear();
    for (PreparedPrompt prompt : prompts) {
      serializer.serialize(prompt, buffer);
    }
    return List.of(prompts.size());
  }

  List<PreparedPrompt> receive(List<Integer> sent) throws Exception {
    DataInputDeserializer input =
        new DataInputDeserializer(buffer.getSharedBuffer(), 0, buffer.length());
    List<PreparedPrompt> prompts = new ArrayList<>(sent.get(0));
    for (int i = 0; i < sent.get(0); i++) {
      prompts.add(serializer.deserialize(input));
    }
    return prompts;
  }

  List<AnsweredPrompt> window(List<PreparedPrompt> prompts) throws Exception {
    for (PreparedPrompt prompt : prompts) {
      window.processElement(new StreamRecord<>(prompt));
    }
    while (!lane.isEmpty()) {
      lane.poll().run();
      for (var mail = window.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY);
          mail.isPresent();
          mail = window.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY)) {
        Mail open = mail.get();
        open.run();
      }
    }
    List<AnsweredPrompt> answers = new ArrayList<>(prompts.size());
    for (Object element = window.getOutput().poll();
        element != null;
        element = window.getOutput().poll()) {
      answers.add((AnsweredPrompt) ((StreamRecord<?>) element).getValue());
    }
    return answers;
  }

  List<OutputRecord> settle(List<AnsweredPrompt> answers) {
    List<OutputRecord> records = new ArrayList<>(2 * answers.size());
    ListCollector<OutputRecord> out = new ListCollector<>(records);
    for (AnsweredPrompt answer : answers) {
      settle.flatMap(answer, out);
    }
    return records;
  }

  List<ProducerRecord<byte[], byte[]>> sink(List<OutputRecord> outputs) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>(outputs.size());
    for (OutputRecord output : outputs) {
      records.add(sink.serialize(output, null, null));
    }
    return records;
  }

  @Override
  public void close() {
    try {
      window.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** One token for every few characters, and an engine that answers at once. */
  private record Models(Device device) implements ModelProvider, RowPreparer, InferenceEngine {
    @Override
    public RowPreparer preparer(ModelSpec spec) {
      return this;
    }

    @Override
    public int[] prepare(String text) {
      int[] tokens = new int[text.length() / CHARS_PER_TOKEN + 1];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = 1_000 + 37 * i;
      }
      return tokens;
    }

    @Override
    public int[] prepare(Conversation conversation) {
      throw new UnsupportedOperationException();
    }

    @Override
    public EngineLease engines(ModelSpec spec, TaskContext task) {
      InferenceEngine engine = this;
      return new EngineLease() {
        @Override
        public List<InferenceEngine> engines() {
          return List.of(engine);
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public ModelIdentity identity() {
      return new ModelIdentity("m", "1", "0".repeat(64));
    }

    @Override
    public int maxIndependentRows() {
      return Integer.MAX_VALUE;
    }

    @Override
    public void run(List<EngineRow> rows, RowSink out) {
      for (int i = 0; i < rows.size(); i++) {
        out.complete(i, ANSWER);
      }
    }

    @Override
    public void close() {}
  }
}

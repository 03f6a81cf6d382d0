package org.openautoglm.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.ConfigurationTable;
import org.openautoglm.schemas.decode.Decoded;
import org.openautoglm.schemas.decode.PromptDecoder;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.json.JsonResultWriter;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Status;
import org.openautoglm.schemas.wire.Timings;

/** What the README claims, held against what the code does. */
class ReadmeTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String readme;

  ReadmeTest() throws Exception {
    readme = Files.readString(ROOT.resolve("README.md"));
  }

  @Test
  void theConfigurationTableIsTheSchemas() {
    assertThat(between("<!-- configuration table -->", "<!-- end of configuration table -->"))
        .isEqualTo(ConfigurationTable.markdown());
  }

  @ParameterizedTest
  @ValueSource(strings = {"configuration", "second configuration"})
  void theSampleConfigurationsAreValid(String name) throws Exception {
    assertThat(ConfigurationFile.parse(sample(name), Map.of()).models()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"request", "generation request"})
  void theSampleRequestsAreAccepted(String name) {
    PromptRecord record =
        PromptRecord.newBuilder().setValue(ByteString.copyFromUtf8(sample(name))).build();
    assertThat(new PromptDecoder(RequestLimits.DEFAULT, System::nanoTime).decode(record, 0))
        .isInstanceOf(Decoded.Accepted.class);
  }

  @Test
  void theSampleResultIsWrittenAsItStands() throws Exception {
    JsonNode sample = JSON.readTree(sample("result"));
    Error error = FailureCode.PROMPT_TOO_LONG.error("input 1 has 9,001 tokens; the limit is 512");
    InferenceResult result =
        InferenceResult.newBuilder()
            .setRequestId("r-17")
            .setModelId("bge-small-zh")
            .setStatus(Status.PARTIAL)
            .addOutputs(Output.newBuilder().addEmbedding(0.1f).addEmbedding(-0.2f))
            .addOutputs(Output.newBuilder().setIndex(1).setError(error))
            .setError(error)
            .setTimingsMs(
                Timings.newBuilder().setQueue(3.1).setWindow(1.8).setInference(9.7).setTotal(15.2))
            .build();
    assertThat(JSON.readTree(new JsonResultWriter().write(result))).isEqualTo(sample);
  }

  @Test
  void theTableOfCodesHasEveryCodeWithItsStatus() {
    Map<String, Integer> told = new TreeMap<>();
    Matcher row = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| (\\d+) \\|").matcher(readme);
    while (row.find()) {
      told.put(row.group(1), Integer.parseInt(row.group(2)));
    }
    assertThat(told.keySet())
        .isEqualTo(
            new TreeSet<>(Arrays.stream(FailureCode.values()).map(FailureCode::name).toList()));
    told.forEach(
        (code, status) ->
            assertThat(FailureCode.valueOf(code).status()).as(code).isEqualTo(status));
  }

  @Test
  void linksLeadSomewhere() {
    Matcher link = Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(readme);
    int links = 0;
    for (; link.find(); links++) {
      assertThat(ROOT.resolve(link.group(1))).exists();
    }
    assertThat(links).isPositive();
  }

  private String sample(String name) {
    String after = between("<!-- sample: " + name + " -->", "\n```\n");
    return after.substring(after.indexOf('\n') + 1);
  }

  private String between(String from, String to) {
    int start = readme.indexOf(from);
    assertThat(start).as(from).isNotNegative();
    int end = readme.indexOf(to, start);
    assertThat(end).as(to).isPositive();
    return readme.substring(start + from.length(), end).strip();
  }
}

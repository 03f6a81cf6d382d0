package org.openautoglm.flink.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.apache.flink.api.common.externalresource.ExternalResourceDriverFactory;
import org.apache.flink.api.common.externalresource.ExternalResourceInfo;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class GpuDriverTest {
  @TempDir Path directory;

  @Test
  void offersTheFirstGpusThatTheScriptNames() throws Exception {
    ExternalResourceDriverFactory factory =
        ServiceLoader.load(ExternalResourceDriverFactory.class).findFirst().orElseThrow();
    Configuration parameters = new Configuration();
    parameters.setString(GpuDriverFactory.SCRIPT, script("echo $1 >> asked; echo 2,0; echo 5"));
    assertThat(factory.createExternalResourceDriver(parameters).retrieveResourceInfo(2))
        .extracting(GpuDriverTest::index)
        .containsExactly("2", "0");
    assertThat(directory.resolve("asked")).hasContent("2");
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    failsWith(script("echo 0"), "amount is 2, but").hasMessageContaining("index=0");
    failsWith(script("echo none here"), "named no GPU, but said: none here");
    failsWith(script("echo broken; exit 3"), "failed (3): broken");
    failsWith(directory.resolve("missing").toString(), "cannot run");
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> failsWith(
      String script, String words) {
    Configuration parameters = new Configuration();
    parameters.setString(GpuDriverFactory.SCRIPT, script);
    return assertThatThrownBy(
            () ->
                new GpuDriverFactory()
                    .createExternalResourceDriver(parameters)
                    .retrieveResourceInfo(2))
        .hasMessageContaining(words);
  }

  private String script(String body) throws Exception {
    Path script = Files.createTempFile(directory, "gpus", ".sh");
    Files.writeString(script, "#!/bin/sh\ncd " + directory + "\n" + body + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script.toString();
  }

  private static String index(ExternalResourceInfo info) {
    return info.getProperty("index").orElseThrow();
  }
}

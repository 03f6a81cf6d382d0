package org.openautoglm.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * Dependencies run jobs → operators → schemas, never back, and each foreign runtime has one door.
 */
@AnalyzeClasses(packages = "org.openautoglm", importOptions = ModuleBordersTest.MainOnly.class)
class ModuleBordersTest {

  /** Neither this module's tests nor those of others, which it uses. */
  static final class MainOnly implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/test-classes/") && !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule schemasKnowOnlyTheirFormats =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm.schemas..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.openautoglm.operators..",
              "org.openautoglm.jobs..",
              "org.apache.flink..",
              "org.apache.kafka..",
              "ai.onnxruntime..",
              "ai.djl..");

  @ArchTest
  static final ArchRule operatorsKnowNoKafka =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm.operators..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.openautoglm.jobs..", "org.apache.kafka..", "org.apache.flink.connector.kafka..");

  @ArchTest
  static final ArchRule onlyTheEngineKnowsOnnxRuntime =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm..")
          .and()
          .resideOutsideOfPackages(
              "org.openautoglm.operators.inference.onnx..", "org.openautoglm.jobs.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.onnxruntime..");

  @ArchTest
  static final ArchRule onlyTokenizationKnowsItsLibrary =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm..")
          .and()
          .resideOutsideOfPackage("org.openautoglm.operators.inference.tokenization..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule onlyChatTemplatesKnowTheirLibrary =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm..")
          .and()
          .resideOutsideOfPackage("org.openautoglm.operators.inference.generation.chat..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.hubspot..", "jinjava..", "com.google.common..");

  @ArchTest
  static final ArchRule onlyTracingKnowsOpenTelemetry =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm..")
          .and()
          .resideOutsideOfPackage("org.openautoglm.operators.tracing..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.opentelemetry..");

  @ArchTest
  static final ArchRule generationKnowsNoRuntime =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm.operators.inference.generation..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.flink..", "ai.onnxruntime..", "ai.djl..");

  @ArchTest
  static final ArchRule theWindowKnowsThePortAndNotItsRuntime =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm.operators.batching..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.openautoglm.operators.inference.onnx..",
              "org.openautoglm.operators.inference.tokenization..",
              "org.openautoglm.operators.inference.model..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("org.openautoglm.(**)").should().beFreeOfCycles();
}

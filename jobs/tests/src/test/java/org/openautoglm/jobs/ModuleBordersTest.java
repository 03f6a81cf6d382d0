package org.openautoglm.jobs;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the modules' own dependencies do not hold: that packages have no cycles and lie in one
 * module, and that each foreign library has one door in the module that brings it.
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
  static final ArchRule packagesHaveNoCycles =
      slices().matching("org.openautoglm.(**)").should().beFreeOfCycles();

  /** Else a package-private member would be open to another module. */
  @ArchTest
  static void eachPackageLiesInOneModule(JavaClasses classes) {
    TreeMap<String, Set<String>> modules = new TreeMap<>();
    for (JavaClass each : classes) {
      String file = each.getSource().orElseThrow().getUri().toString();
      String path = each.getName().replace('.', '/') + ".class";
      modules
          .computeIfAbsent(each.getPackageName(), name -> new TreeSet<>())
          .add(file.substring(0, file.length() - path.length()));
    }
    assertThat(modules).hasSizeGreaterThan(30);
    assertThat(modules).allSatisfy((name, found) -> assertThat(found).as(name).hasSize(1));
  }

  @ArchTest
  static final ArchRule onlyOnnxAndBenchmarksKnowOnnxRuntime =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.openautoglm.operators.inference.onnx..", "org.openautoglm.jobs.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.onnxruntime..");

  @ArchTest
  static final ArchRule onlyTokenizationKnowsItsLibrary =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.openautoglm.operators.inference.tokenization..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule onlyChatTemplatesKnowTheirLibrary =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.openautoglm.operators.inference.generation.chat..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.hubspot..", "jinjava..", "com.google.common..");

  @ArchTest
  static final ArchRule onlyTracingKnowsOpenTelemetry =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.openautoglm.operators.tracing..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.opentelemetry..");

  @ArchTest
  static final ArchRule enginesKnowFlinksFileSystemsOnly =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm.operators.inference..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("org.apache.flink..")
                  .and(not(resideInAPackage("org.apache.flink.core.fs.."))));

  @ArchTest
  static final ArchRule generationKnowsNoRuntime =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm.operators.inference.generation..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.flink..", "ai.onnxruntime..", "ai.djl..");

  @ArchTest
  static final ArchRule theFileOfAJobIsReadWithoutAClient =
      noClasses()
          .that()
          .resideInAPackage("org.openautoglm.jobs.configuration..")
          .and()
          .haveNameNotMatching(".*\\.KafkaClientKind(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.kafka..");
}

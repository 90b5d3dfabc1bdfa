package io.tideline;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Holds the map of packages and the arrows between them. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.tideline");

  @Test
  void namesComeFromTheFieldNotFromTheFramework() {
    noClasses()
        .should()
        .haveNameMatching(".*(Service|Manager|Impl|Dto|Utils?|Helper)")
        .because("names say what a thing is; these suffixes say nothing")
        .allowEmptyShould(true)
        .check(CLASSES);
  }
}

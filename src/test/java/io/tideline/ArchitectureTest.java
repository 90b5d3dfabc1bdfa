package io.tideline;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds the map of packages, the arrows between them, and what each may take from outside. */
class ArchitectureTest {
  /** The driver has no way to close a connection whose other end is silent. */
  private static final String CLOSES_TO_POSTGRES = "io.tideline.postgres.SilentConnection";

  private static final String ROOT = "io.tideline";
  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  /** Annotations for tools and readers; they change nothing at run time. */
  private static final List<String> NOTES =
      List.of(
          "org.jspecify.annotations..",
          "io.smallrye.common.annotation..",
          "com.google.errorprone.annotations..");

  /**
   * The parts on the map, from the inside out. A part may use those that it names, never a later
   * one; so the map itself can't have a cycle.
   */
  private enum Part {
    LIMIT("limit.."),
    STREAM("stream.."),
    LOOP("loop.."),
    CONFIG("config.."),
    ACCESS("access..", STREAM, LOOP, LIMIT),
    PRESENCE("presence..", STREAM, LOOP, ACCESS, LIMIT),
    HUB("hub..", STREAM, LOOP, ACCESS, PRESENCE, LIMIT),
    PROTOCOL("protocol..", STREAM, ACCESS, PRESENCE, HUB),
    SESSION("session..", STREAM, LOOP, LIMIT, ACCESS, PRESENCE, HUB, PROTOCOL),

    NET("net", LOOP),
    ACCEPT("net.accept..", LOOP, LIMIT, NET),
    OUT("net.out..", LOOP, HUB, PROTOCOL, SESSION, NET),
    RFC_6455("net.websocket..", STREAM, LOOP, HUB, PROTOCOL, SESSION, NET, OUT),
    GATE("net.http..", STREAM, LOOP, LIMIT, ACCESS, PROTOCOL, SESSION, NET, ACCEPT, RFC_6455),

    REST("door.rest..", STREAM, ACCESS, PRESENCE, HUB, PROTOCOL, SESSION, NET, GATE),
    PAGES("door.pages..", STREAM, LOOP, ACCESS, HUB, PROTOCOL, SESSION, NET, GATE),
    EVENTS(
        "door.sse..",
        STREAM,
        LOOP,
        LIMIT,
        ACCESS,
        PRESENCE,
        HUB,
        PROTOCOL,
        SESSION,
        NET,
        OUT,
        RFC_6455,
        GATE),
    SOCKETS(
        "door.tideline..",
        STREAM,
        LOOP,
        ACCESS,
        PRESENCE,
        HUB,
        PROTOCOL,
        SESSION,
        NET,
        RFC_6455,
        GATE),

    IDENTITY("identity..", STREAM, LIMIT, ACCESS, CONFIG, PROTOCOL, SESSION),
    CENTRIFUGE(
        "door.centrifuge..",
        STREAM,
        ACCESS,
        PRESENCE,
        HUB,
        PROTOCOL,
        IDENTITY,
        SESSION,
        NET,
        RFC_6455,
        GATE),

    BRIDGE("bridge..", STREAM, ACCESS, HUB, PROTOCOL, LIMIT),
    AUTHORIZER("authorizer..", STREAM, ACCESS, LIMIT),
    CLI("cli..", STREAM, ACCESS, IDENTITY),
    POSTGRES("postgres..", STREAM, ACCESS, PRESENCE, LIMIT),
    BACKPLANE("backplane..", STREAM, LIMIT, PRESENCE),
    TELEMETRY(
        "telemetry..",
        STREAM,
        ACCESS,
        PRESENCE,
        HUB,
        PROTOCOL,
        SESSION,
        GATE,
        AUTHORIZER,
        POSTGRES),
    EMBEDDED("embedded..", LIMIT),

    APP(
        "app..",
        LIMIT,
        IDENTITY,
        CLI,
        STREAM,
        LOOP,
        CONFIG,
        ACCESS,
        PRESENCE,
        HUB,
        PROTOCOL,
        SESSION,
        NET,
        ACCEPT,
        OUT,
        RFC_6455,
        GATE,
        REST,
        PAGES,
        EVENTS,
        SOCKETS,
        CENTRIFUGE,
        BRIDGE,
        AUTHORIZER,
        POSTGRES,
        BACKPLANE,
        TELEMETRY,
        EMBEDDED);

    /** The carriers: they move bytes, whatever these mean. */
    static final Set<Part> CARRIERS = EnumSet.of(NET, ACCEPT, OUT, RFC_6455, GATE);

    /** The protocols that clients speak; none knows another. */
    static final Set<Part> DOORS = EnumSet.of(REST, PAGES, EVENTS, SOCKETS, CENTRIFUGE);

    /** Drawn on the map, not yet written. Whoever writes it takes it off this list. */
    static final Set<Part> PLANNED = EnumSet.noneOf(Part.class);

    private final String pattern;
    private final Set<Part> mayUse;

    Part(String path, Part... mayUse) {
      this.pattern = ROOT + "." + path;
      this.mayUse = Set.of(mayUse);
    }

    String[] patternsOfAllowed() {
      return Stream.concat(Stream.of(pattern), mayUse.stream().map(part -> part.pattern))
          .toArray(String[]::new);
    }
  }

  @ParameterizedTest
  @EnumSource
  void arrowsPointInwards(Part part) {
    classes()
        .that()
        .resideInAPackage(part.pattern)
        .should()
        .onlyDependOnClassesThat(outsideTideline().or(resideInAnyPackage(part.patternsOfAllowed())))
        .because(
            "the map in docs/adr/0021-carriers-and-dialects.md draws no other arrow from this part")
        .allowEmptyShould(Part.PLANNED.contains(part))
        .check(CLASSES);
  }

  @ParameterizedTest
  @EnumSource(names = {"LIMIT", "STREAM", "LOOP", "CONFIG", "ACCESS", "PRESENCE", "HUB"})
  void coreKnowsTheJdkAndMutinyOnly(Part part) {
    checkTakesFromOutsideOnly(part, "java..", "io.smallrye.mutiny..");
  }

  @Test
  void protocolKnowsJacksonsStreamsBesides() {
    checkTakesFromOutsideOnly(
        Part.PROTOCOL, "java..", "io.smallrye.mutiny..", "com.fasterxml.jackson.core..");
  }

  @Test
  void embeddedDatabaseKnowsTheJdkAndTheUnpackerOnly() {
    checkTakesFromOutsideOnly(Part.EMBEDDED, "java..", "org.apache.commons.compress..");
  }

  @Test
  void onlyCarriersTouchThePipeline() {
    noClasses()
        .that(inNoneOf(Part.CARRIERS))
        .and()
        .doNotHaveFullyQualifiedName(CLOSES_TO_POSTGRES)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty..")
        .because("how bytes leave the process is the carriers' matter alone")
        .check(CLASSES);
  }

  @Test
  void onlyCarriersAndDoorsKnowHttp() {
    Set<Part> edge = EnumSet.copyOf(Part.CARRIERS);
    edge.addAll(Part.DOORS);
    noClasses()
        .that(inNoneOf(edge))
        .and()
        .doNotHaveFullyQualifiedName(CLOSES_TO_POSTGRES)
        .and()
        .resideOutsideOfPackage(Part.AUTHORIZER.pattern)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vertx.core.http..", "io.vertx.ext.web..", "io.quarkus.websockets.next..")
        .because("what a session does is the same over every carrier")
        .check(CLASSES);
  }

  @Test
  void sessionKnowsOfVertxTheContextOnly() {
    checkTakesFromOutsideOnly(
        Part.SESSION, "java..", "io.smallrye.mutiny..", "io.vertx.core", "org.jboss.logging..");
  }

  @Test
  void noClassNameStandsTwice() {
    Set<String> seen = new TreeSet<>();
    Set<String> twice = new TreeSet<>();
    for (Path root : List.of(SOURCES, Path.of("src", "test", "java"))) {
      for (String name : classNames(root)) {
        if (!seen.add(name)) {
          twice.add(name);
        }
      }
    }
    assertEquals(Set.of(), twice, "names of two classes: a search for one must find one");
  }

  @Test
  void oneClassLooksBeneathVertx() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(ROOT + ".net.NettyChannel")
        .and()
        .doNotHaveFullyQualifiedName(CLOSES_TO_POSTGRES)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vertx.core.impl..", "io.vertx.core.http.impl..", "io.vertx.core.net.impl..")
        .because("its internals move with any version; see docs/adr/0009-beneath-vertx.md")
        .check(CLASSES);
  }

  @Test
  void onlyStorageAndWiringSpeakToTheDatabase() {
    noClasses()
        .that(inNoneOf(EnumSet.of(Part.POSTGRES, Part.BACKPLANE, Part.APP)))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vertx.sqlclient..",
            "io.vertx.pgclient..",
            "io.vertx.mutiny.sqlclient..",
            "io.vertx.mutiny.pgclient..",
            "org.hibernate..",
            "jakarta.persistence..",
            "java.sql..",
            "javax.sql..")
        .because("all else goes through the ports of stream and presence")
        .check(CLASSES);
  }

  @Test
  void everyClassHasItsPlaceOnTheMap() {
    classes()
        .that()
        .haveSimpleNameNotEndingWith("package-info")
        .should()
        .resideInAnyPackage(patternsOf(EnumSet.allOf(Part.class)))
        .because("a new part is first drawn on the map, with its arrows")
        .check(CLASSES);
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void namesSayWhatAThingIs() {
    noClasses()
        .should()
        .haveNameMatching(".*(Service|Manager|Impl|Dto|Utils?|Helper)")
        .because("these endings fit any class, so they tell nothing about this one")
        .check(CLASSES);
  }

  @Test
  void everyPackageExplainsItself() {
    Set<String> silent = packagesWith(name -> name.endsWith(".java"));
    silent.removeAll(packagesWith("package-info.java"::equals));
    assertEquals(Set.of(), silent, "packages without a package-info.java");
  }

  private static void checkTakesFromOutsideOnly(Part part, String... allowed) {
    classes()
        .that()
        .resideInAPackage(part.pattern)
        .should()
        .onlyDependOnClassesThat(
            resideInAPackage(ROOT + "..")
                .or(resideInAnyPackage(allowed))
                .or(resideInAnyPackage(NOTES.toArray(String[]::new))))
        .because("it must be testable, and readable, without a framework")
        .allowEmptyShould(Part.PLANNED.contains(part))
        .check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> outsideTideline() {
    return DescribedPredicate.not(resideInAPackage(ROOT + ".."));
  }

  private static DescribedPredicate<JavaClass> inNoneOf(Set<Part> parts) {
    return DescribedPredicate.not(resideInAnyPackage(patternsOf(parts)));
  }

  private static String[] patternsOf(Set<Part> parts) {
    return parts.stream().map(part -> part.pattern).toArray(String[]::new);
  }

  private static List<String> classNames(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java") && !name.equals("package-info.java"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> packagesWith(Predicate<String> fileName) {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> fileName.test(file.getFileName().toString()))
          .map(file -> SOURCES.relativize(file.getParent()).toString())
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Else numbers in SQL, tags and messages are written as the machine's language writes them. */
  @Test
  void textIsMadeTheSameWhateverTheMachinesLanguage() {
    noClasses()
        .should()
        .callMethod(String.class, "formatted", Object[].class)
        .orShould()
        .callMethod(String.class, "format", String.class, Object[].class)
        .orShould()
        .callMethod(String.class, "toLowerCase")
        .orShould()
        .callMethod(String.class, "toUpperCase")
        .because("they ask the machine's locale; pass Locale.ROOT")
        .check(CLASSES);
  }
}

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Compiles and tests for {@code bench/mutations/run}, in one JVM for many breaks. It is told on its
 * standard input, and what it answers begins with {@value #MARK}:
 *
 * <pre>
 * compile DIRECTORY FILE   "ok", or "broken" and why
 * test CLASS…              a line "failed TEST" or "unbegun TEST" each, then "ran" and how many
 * </pre>
 *
 * <p>What fails before its method was called, as when the server doesn't start, is "unbegun": that
 * nothing works says nothing about what the test is for.
 *
 * <p>Its first arguments are the directories of the program's and the tests' classes. Where these
 * stand in the class path too, tests run by Quarkus's launcher, which loads them anew each time;
 * else in a loader of their own, without Quarkus.
 */
final class Tester {
  private static final String MARK = "@@ ";
  private static final PrintStream ANSWERS =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  private Tester() {}

  public static void main(String[] directories) throws IOException {
    System.setOut(System.err);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      List<String> words = List.of(line.split(" "));
      List<String> rest = words.subList(1, words.size());
      try {
        if (words.get(0).equals("compile")) {
          answer(compile(directories, rest.get(0), rest.get(1)));
        } else {
          test(directories, rest);
        }
      } catch (Throwable failure) {
        failure.printStackTrace();
        answer("broken " + failure);
      }
    }
    // What tests have left running would hold it.
    System.exit(0);
  }

  private static void answer(String text) {
    ANSWERS.println(MARK + text.replace('\n', ' '));
  }

  private static String compile(String[] directories, String into, String file)
      throws IOException {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter complaints = new StringWriter();
    String path =
        String.join(":", directories) + ":" + System.getProperty("java.class.path");
    List<String> options =
        List.of("-d", into, "-cp", path, "--release", "17", "-parameters", "-proc:none", "-nowarn", "-g");
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      boolean isGood =
          javac
              .getTask(complaints, files, null, options, null, files.getJavaFileObjects(file))
              .call();
      return isGood ? "ok" : "broken " + complaints;
    }
  }

  private static void test(String[] directories, List<String> classes) throws Exception {
    Listener listener = new Listener();
    boolean isQuarkus =
        List.of(System.getProperty("java.class.path").split(":")).contains(directories[0]);
    if (isQuarkus) {
      try (LauncherSession session = LauncherFactory.openSession()) {
        List<ClassSelector> selectors =
            classes.stream().map(DiscoverySelectors::selectClass).toList();
        session.getLauncher().execute(request(selectors).build(), listener);
      }
    } else {
      withoutQuarkus(directories, classes, listener);
    }
    listener.failed.forEach(each -> answer("failed " + each));
    listener.unbegun.forEach(each -> answer("unbegun " + each));
    answer("ran " + listener.ran);
  }

  private static LauncherDiscoveryRequestBuilder request(List<ClassSelector> selectors) {
    return LauncherDiscoveryRequestBuilder.request()
        .selectors(selectors)
        .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
        .configurationParameter("junit.jupiter.extensions.autodetection.include", "Tester*");
  }

  private static void withoutQuarkus(
      String[] directories, List<String> classes, TestExecutionListener listener)
      throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String directory : directories) {
      urls.add(Path.of(directory).toUri().toURL());
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), before)) {
      thread.setContextClassLoader(loader);
      List<ClassSelector> selectors = new ArrayList<>();
      for (String name : classes) {
        selectors.add(DiscoverySelectors.selectClass(loader.loadClass(name)));
      }
      LauncherConfig config =
          LauncherConfig.builder()
              .enableLauncherSessionListenerAutoRegistration(false)
              .enableLauncherDiscoveryListenerAutoRegistration(false)
              .enableTestExecutionListenerAutoRegistration(false)
              .build();
      LauncherFactory.create(config)
          .execute(
              request(selectors)
                  .configurationParameter(
                      "junit.jupiter.testclass.order.default",
                      "org.junit.jupiter.api.ClassOrderer$ClassName")
                  .build(),
              listener);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Tells that a test's method is called now. */
  public static final class Begun implements BeforeTestExecutionCallback {
    @Override
    public void beforeTestExecution(ExtensionContext test) {
      test.publishReportEntry(MARK, "begun");
    }
  }

  /** Notes what failed. */
  private static final class Listener implements TestExecutionListener {
    private final Set<String> begun = ConcurrentHashMap.newKeySet();
    private final Set<String> failed = new TreeSet<>();
    private final Set<String> unbegun = new TreeSet<>();
    private int ran;

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      ran += test.isTest() ? 1 : 0;
      if (result.getStatus() == TestExecutionResult.Status.FAILED) {
        (hasBegun(test) ? failed : unbegun).add(name(test));
        result.getThrowable().ifPresent(why -> System.err.println(name(test) + ": " + why));
      }
    }

    @Override
    public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
      if (entry.getKeyValuePairs().containsKey(MARK)) {
        begun.add(test.getUniqueId());
      }
    }

    // A dynamic test is below the method that made it.
    private boolean hasBegun(TestIdentifier test) {
      return begun.stream().anyMatch(test.getUniqueId()::startsWith);
    }

    private static String name(TestIdentifier test) {
      TestSource source = test.getSource().orElse(null);
      if (source instanceof MethodSource method) {
        String name = method.getClassName() + "." + method.getMethodName();
        return test.getDisplayName().startsWith(method.getMethodName())
            ? name
            : name + " " + test.getDisplayName();
      }
      return source instanceof ClassSource type ? type.getClassName() : test.getDisplayName();
    }
  }
}

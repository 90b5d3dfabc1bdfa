package io.tideline.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftOutTest {
  @TempDir Path build;

  @Test
  void saysHowManyTestsAndWhy() throws Exception {
    report(
        "surefire-reports", "needs Redis", "needs NATS, Redis", "slow", "Assumption failed: root");
    report("failsafe-reports", "needs HAProxy, nginx", "slow");
    assertEquals(
        """
        Tests left out: 6
            3 need HAProxy, NATS, nginx, Redis
            2 are slow
            1 Assumption failed: root
        .ci/run installs the programs and runs the slow tests too.""",
        LeftOut.of(build).text());
  }

  @Test
  void saysThatNoneWas() throws Exception {
    report("surefire-reports");
    assertEquals("Every test was run.", LeftOut.of(build).text());
    assertEquals("Every test was run.", LeftOut.of(build.resolve("never built")).text());
  }

  private void report(String folder, String... reasons) throws Exception {
    StringBuilder report = new StringBuilder("<testsuite><testcase name='one'/>");
    for (String reason : reasons) {
      report
          .append("<testcase name='x'><skipped message='")
          .append(reason)
          .append("'/></testcase>");
    }
    Files.createDirectories(build.resolve(folder));
    Files.writeString(build.resolve(folder).resolve("TEST-x.xml"), report + "</testsuite>");
  }
}

package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class FileLimitTest {
  private static final String HEAD =
      "Limit                     Soft Limit           Hard Limit           Units     ";

  @Test
  void theSoftLimitCounts() {
    assertEquals(
        OptionalLong.of(1024),
        FileLimit.ofLimits(
            List.of(
                HEAD,
                "Max processes             96192                96192                processes ",
                "Max open files            1024                 524288               files     ")));
  }

  @Test
  void noLimitIsNone() {
    assertEquals(
        OptionalLong.empty(),
        FileLimit.ofLimits(
            List.of("Max open files            unlimited            unlimited            files")));
  }

  @Test
  void itIsThatOfThisProcess() {
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    assertEquals(system.getMaxFileDescriptorCount(), FileLimit.read().orElseThrow());
  }

  @Test
  void whatIsEnoughIsNoProblem() {
    assertEquals(Optional.empty(), FileLimit.problem(100_000 + FileLimit.RESERVED, 100_000));
  }

  @Test
  void whatIsTooLowSaysWhatToDo() {
    String problem = FileLimit.problem(100_000, 100_000).orElseThrow();
    assertTrue(problem.contains("ulimit -n 100512"), problem);
    assertTrue(problem.contains("LimitNOFILE=100512"), problem);
    assertTrue(problem.contains("tideline.limits.connections"), problem);
    assertTrue(problem.contains("beyond about 99488"), problem);
  }
}

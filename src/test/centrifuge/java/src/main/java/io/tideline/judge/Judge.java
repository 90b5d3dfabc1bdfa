// SPDX-License-Identifier: Apache-2.0
package io.tideline.judge;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Judges a server with the published SDK: one line for each scenario; the exit code is how many failed. The
 * SDK speaks Protobuf alone.
 */
public final class Judge {

  private static final long SCENARIO_MAX_SECONDS = 120;

  private Judge() {}

  public static void main(String[] arguments) {
    int failed = 0;
    for (Map.Entry<String, Scenarios.Scenario> scenario : Scenarios.all().entrySet()) {
      String full = scenario.getKey() + " (protobuf)";
      if (!Settings.ONLY.isEmpty() && !named(Settings.ONLY, scenario.getKey(), full)) {
        continue;
      }
      if (named(Settings.SKIP, scenario.getKey(), full)) {
        System.out.println("skip " + full + " (by CENTRIFUGE_SKIP)");
        continue;
      }
      failed += judge(full, scenario.getValue()) ? 0 : 1;
    }
    System.exit(Math.min(failed, 255));
  }

  private static boolean named(Iterable<String> names, String name, String full) {
    for (String one : names) {
      if (one.equals(name) || one.equals(full)) {
        return true;
      }
    }
    return false;
  }

  private static boolean judge(String name, Scenarios.Scenario scenario) {
    ExecutorService player = Executors.newSingleThreadExecutor();
    try (Stage stage = new Stage()) {
      Future<?> played =
          player.submit(
              () -> {
                scenario.play(stage);
                return null;
              });
      played.get(SCENARIO_MAX_SECONDS, TimeUnit.SECONDS);
      System.out.println("ok " + name);
      return true;
    } catch (ExecutionException e) {
      return explain(name, e.getCause());
    } catch (TimeoutException e) {
      return explain(name, new AssertionError("not over in time"));
    } catch (Exception e) {
      return explain(name, e);
    } finally {
      player.shutdownNow();
    }
  }

  private static boolean explain(String name, Throwable reason) {
    if (reason instanceof Skipped) {
      System.out.println("skip " + name + " (" + reason.getMessage() + ")");
      return true;
    }
    String text = reason.toString().replaceAll("\\s+", " ");
    System.out.println("FAIL " + name + " " + text.substring(0, Math.min(text.length(), 1000)));
    if (System.getenv("CENTRIFUGE_TRACE") != null) {
      reason.printStackTrace();
    }
    return false;
  }
}

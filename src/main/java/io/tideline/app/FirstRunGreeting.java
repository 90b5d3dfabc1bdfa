package io.tideline.app;

import io.quarkus.vertx.http.HttpServer;
import io.quarkus.vertx.http.HttpServerStart;
import io.tideline.embedded.PrivateFile;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The greeting of the first run: where to go, and with which token. */
@Singleton
class FirstRunGreeting {
  private final TidelineConfig config;
  private final HttpServer server;
  private final String host;

  @Inject
  FirstRunGreeting(
      TidelineConfig config, HttpServer server, @ConfigProperty(name = FirstRun.HOST) String host) {
    this.config = config;
    this.server = server;
    this.host = host;
  }

  void onServing(@ObservesAsync HttpServerStart serving) throws IOException {
    if (!config.firstRun()) {
      return;
    }
    Path data = config.dataDir().toAbsolutePath().normalize();
    Path tokenFile = data.resolve(AdminToken.FILE);
    String token =
        new PrivateFile(tokenFile)
            .read()
            .orElseThrow(() -> new IOException(tokenFile + " is gone"));
    URI base = URI.create("http://" + bracketed(host) + ":" + server.getPort());
    greet(System.out, base, token, tokenFile);
  }

  /**
   * To the console, not to the log, which may be kept and sent on. In the fragment, which browsers
   * keep to themselves: so the token reaches neither servers nor their logs.
   */
  static void greet(PrintStream console, URI base, String token, Path tokenFile) {
    console.printf(
        "%n  Tideline runs, on this machine only. Open%n%n"
            + "    %s/#token=%s%n%n"
            + "  The token in this link may do everything. It is kept in %s%n%n",
        base, token, tokenFile);
    console.flush();
  }

  private static String bracketed(String host) {
    return host.contains(":") ? "[" + host + "]" : host;
  }
}

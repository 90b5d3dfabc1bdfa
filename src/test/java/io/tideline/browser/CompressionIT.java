package io.tideline.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A browser offers compression by itself, and takes what it gets. */
@Needs(Program.CHROMIUM)
class CompressionIT {
  private static final String CHANNEL = "machine:compressed";
  private static final String TEXT = "all work and no play ".repeat(500);

  @TempDir Path profile;

  @Test
  void aPageGetsAndSendsWhatIsCompressed() throws IOException {
    try (PackagedServer server =
            PackagedServer.start(
                Path.of("target/browser/server"),
                Map.of("tideline.transport.web-socket.compression", "true"));
        Chromium chromium = Chromium.start(profile)) {
      server.publish(CHANNEL, '"' + TEXT + '"');
      chromium.open(server.url().resolve("/"));
      JsonNode seen = chromium.evaluate(script(server));
      assertEquals(
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
          seen.get("extensions").asText());
      assertEquals(2, seen.get("texts").size());
      for (JsonNode text : seen.get("texts")) {
        assertEquals(TEXT, text.asText());
      }
      assertTrue(
          seen.get("meters").asText().contains("tideline_deflated_total 2.0"),
          "each was compressed, once");
    }
  }

  /** Reads what was published before, publishes the same itself, and reads that. */
  private static String script(PackagedServer server) throws IOException {
    return """
        (async () => {
          const texts = [];
          const extensions = await new Promise((done, failed) => {
            const url = location.href.replace('http', 'ws') + 'v1/ws';
            const socket = new WebSocket(url, ['tideline.v1', 'tideline.bearer.%1$s']);
            const say = (command) => socket.send(JSON.stringify(command));
            socket.onopen = () => say({id: 1, subscribe: {channel: '%2$s', after: 'earliest'}});
            socket.onclose = (event) => failed(new Error('closed: ' + event.code));
            socket.onmessage = (event) => {
              const {data} = JSON.parse(event.data);
              if (data && texts.push(data) === 1) {
                say({id: 2, publish: {channel: '%2$s', data}});
              } else if (data) {
                done(socket.extensions);
              }
            };
          });
          const meters = await (await fetch('/q/metrics')).text();
          return {texts, extensions, meters};
        })()"""
        .formatted(server.token(), CHANNEL);
  }
}

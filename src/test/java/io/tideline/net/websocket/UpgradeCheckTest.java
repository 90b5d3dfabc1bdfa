package io.tideline.net.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.session.TransportEvents;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UpgradeCheckTest {
  @Test
  void theWayThatCannotSendWhatIsCompressedIsNotAskedTo() {
    Map<String, String> settings =
        Map.of(
            "tideline.transport.way-out", "plain",
            "tideline.transport.web-socket.compression", "true");
    TransportConfig config =
        new SmallRyeConfigBuilder()
            .withMapping(TransportConfig.class, "tideline.transport")
            .withSources(new PropertiesConfigSource(settings, "test", 100))
            .addDiscoveredConverters()
            .build()
            .getConfigMapping(TransportConfig.class, "tideline.transport");
    assertEquals(
        "tideline.transport.web-socket.compression needs tideline.transport.way-out=pipeline",
        assertThrows(
                IllegalArgumentException.class,
                () -> new UpgradeCheck(config, TransportEvents.NONE))
            .getMessage());
  }
}

package io.tideline.net;

import io.netty.util.NetUtil;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.Inet6Address;
import java.util.HexFormat;

/**
 * The address of a client as limits count it. Of an IPv6 address only the network's half: the other
 * half is the client's to choose (RFC 4291, 2.5.1).
 */
public final class ClientAddress {
  private ClientAddress() {}

  /** As text: behind a proxy it may be a name, or {@code unknown} (RFC 7239, 6). */
  public static String of(HttpServerRequest request) {
    SocketAddress from = request.remoteAddress();
    return from.hostAddress() == null ? from.host() : network(from.hostAddress());
  }

  /** The part of an address that isn't the client's to choose. */
  public static String network(String address) {
    Inet6Address six = NetUtil.getByName(address);
    if (six == null || NetUtil.isValidIpV4Address(address) || isIpv4(six.getAddress())) {
      return address;
    }
    return HexFormat.of().formatHex(six.getAddress(), 0, 8);
  }

  /** An IPv4 address written as one of IPv6 (RFC 4291, 2.5.5.2). */
  private static boolean isIpv4(byte[] six) {
    return six[10] == -1 && six[11] == -1 && HexFormat.of().formatHex(six, 0, 10).matches("0+");
  }
}

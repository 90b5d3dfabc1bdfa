/**
 * WebSockets of the Centrifuge client protocol, version 2, as its published SDKs speak it; {@code
 * docs/doors/centrifuge.md} says what of it. {@link io.tideline.door.centrifuge.Codec} has two
 * implementations, JSON and Protobuf; everything else is the same for both.
 *
 * <p>Source of facts: {@code definitions/client.proto} of the protocol's repository, and the
 * documents on its transports, codes and tokens.
 */
package io.tideline.door.centrifuge;

package io.tideline.door.pages;

import io.tideline.hub.Format;
import io.tideline.protocol.JsonBuffer;
import io.tideline.protocol.PublicationJson;
import io.tideline.stream.Publication;

/** The publication object alone, as it stands in the array of a page. */
enum PublicationFormat implements Format {
  INSTANCE;

  @Override
  public byte[] encode(Publication publication) {
    JsonBuffer out = PublicationJson.buffer(publication);
    PublicationJson.write(publication, out);
    return out.toBytes();
  }
}

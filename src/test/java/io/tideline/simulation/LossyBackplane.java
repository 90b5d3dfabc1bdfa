package io.tideline.simulation;

import io.tideline.stream.Announcement;
import java.util.List;

/** Loses, repeats, delays, reorders, and doesn't reach everybody. */
final class LossyBackplane {
  private final World world;

  LossyBackplane(World world) {
    this.world = world;
  }

  void announce(SimulatedNode from, Announcement announcement) {
    for (SimulatedNode node : world.nodes()) {
      if (node != from && !from.isOffBackplane() && !node.isOffBackplane()) {
        carry(node, announcement);
      }
    }
  }

  private void carry(SimulatedNode to, Announcement announcement) {
    if (world.weather().losesAnnouncement()) {
      return;
    }
    arriveLater(to, announcement);
    // Ephemeral publications have no offset by which a repetition would be known.
    boolean mayRepeat = announcement.entries().stream().noneMatch(Announcement.Entry::isEphemeral);
    if (mayRepeat && world.weather().repeatsAnnouncement()) {
      arriveLater(to, announcement);
    }
  }

  private void arriveLater(SimulatedNode to, Announcement announcement) {
    Announcement carried =
        world.weather().stripsAnnouncement() ? withoutPublications(announcement) : announcement;
    world
        .time()
        .after(
            world.weather().transitMicros(),
            () -> {
              if (to.isAlive()) {
                to.hub().receive(carried);
              }
            });
  }

  private static Announcement withoutPublications(Announcement announcement) {
    List<Announcement.Entry> entries =
        announcement.entries().stream()
            .map(
                entry ->
                    entry.isEphemeral() ? entry : new Announcement.Entry(entry.state(), List.of()))
            .toList();
    return new Announcement(announcement.node(), entries);
  }
}

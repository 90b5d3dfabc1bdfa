package io.tideline.postgres;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.Immutable;

/** A channel's row, as it is read; only functions of the schema write it. */
@Entity
@Immutable
@Table(schema = "tideline", name = "channel")
class ChannelRow {
  @Id Long id;

  String name;

  long head;

  @Column(name = "first_retained")
  long firstRetained;

  @Column(name = "purged_through")
  long purgedThrough;
}

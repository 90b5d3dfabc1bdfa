package io.tideline.postgres;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.hibernate.annotations.Immutable;

/** An incarnation of the log; the newest row counts. */
@Entity
@Immutable
@Table(schema = "tideline", name = "log_epoch")
class EpochRow {
  @Id Integer id;

  long epoch;
}

package import Domain
package import Postgres

/// What the store may hold.
package enum BlobRepository {
  /// Says that these bytes are wanted from now on, and locks their row until the transaction ends: uploads of the same bytes
  /// follow each other, and none meets their collection.
  package static func claim(_ hash: [UInt8], size: Int, at: Timestamp) -> Query<Int> {
    Query.execute(
      """
      insert into blobs as b (sha256, size, claimed_at)
      values (\(hash), \(Int64(size)), \(at))
      on conflict on constraint blobs_pkey do update set claimed_at = greatest(b.claimed_at, excluded.claimed_at)
      """)
  }

  /// Takes rows that nothing hangs on and nobody has claimed since; their bytes are to go before the commit.
  package static func condemn(claimedBefore instant: Timestamp, limit: Int) -> Query<[[UInt8]]> {
    Query.list(
      """
      delete from blobs
      where sha256 in (
        select b.sha256
        from blobs b
        where b.claimed_at < \(instant) and not exists (select from attachments a where a.sha256 = b.sha256)
        order by b.claimed_at
        limit \(limit)
        for update of b skip locked)
      returning sha256
      """
    ) { try $0.next([UInt8].self) }
  }
}

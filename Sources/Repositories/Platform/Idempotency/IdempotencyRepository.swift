package import Domain
package import FoundationEssentials
package import Postgres

/// Idempotency keys (C-19): lock, look up, store — all in the transaction of the effect.
package enum IdempotencyRepository {
  package struct Stored: Sendable {
    package let fingerprint: [UInt8]
    package let answer: Answer
  }

  /// Refuses when the same key is being worked on in another transaction: by an error, so that nothing that was sent
  /// behind it runs, or waits for the rows that the other one holds. A statement of its own before the look-up: the
  /// look-up's snapshot must begin after the lock is held, or it could miss what the former holder committed.
  package static func lock(_ request: IdempotencyRequest, of subject: UUID) -> Query<Int> {
    Query.execute(
      """
      select lock_idempotency_key(
        hashtextextended(\(subject)::uuid::text || \(request.operation) || ' ' || \(request.key), 0))
      """
    ).refusing("idempotency_keys_in_progress") { Refusal.idempotencyInProgress }
  }

  package static func find(_ request: IdempotencyRequest, of subject: UUID) -> Query<Stored?> {
    Query.optional(
      """
      select fingerprint, status, headers, body
      from idempotency_keys
      where subject_id = \(subject) and operation = \(request.operation) and key = \(request.key)
      """
    ) { row in
      let fingerprint = try row.next([UInt8].self)
      let status = try row.next(Int16.self)
      let headers = EventJSON.object(try row.next(JSONB.self).bytes)
      let body = try row.next([UInt8].self)
      return Stored(
        fingerprint: fingerprint,
        answer: Answer(
          status: Int(status),
          headers: headers.sorted { $0.key < $1.key }.compactMap { name, value in
            if case .text(let text) = value { Answer.Header(name, text) } else { nil }
          },
          body: body))
    }
  }

  package static func store(
    _ answer: Answer, for request: IdempotencyRequest, of subject: UUID, at: Timestamp
  ) -> Query<Int> {
    let kept = answer.kept
    let headers = EventValue.object(
      Dictionary(kept.headers.map { ($0.name, EventValue.text($0.value)) }, uniquingKeysWith: { $1 }))
    return Query.execute(
      """
      insert into idempotency_keys (subject_id, operation, key, fingerprint, status, headers, body, created_at)
      values (\(subject), \(request.operation), \(request.key), \(request.fingerprint), \(Int16(kept.status)),
        \(EventJSON.encode(headers)), \(kept.body), \(at))
      """
    ).refusing("idempotency_keys_pkey") { Refusal.idempotencyInProgress }
  }

  /// Makes the transaction's commit wait until the standby has everything that was committed before, where the server has
  /// one: a transaction that writes nothing does not wait, and what it read may still be lost on failover (quality R5).
  package static let confirm = Query.execute(
    """
    select pg_logical_emit_message(true, 'aftersales', '') where current_setting('synchronous_standby_names') <> ''
    """)

  /// Keys past their time, a bounded number at once.
  package static func purge(before instant: Timestamp, limit: Int) -> Query<Int> {
    Query.execute(
      """
      delete from idempotency_keys
      where (subject_id, operation, key) in (
        select subject_id, operation, key from idempotency_keys where created_at < \(instant) limit \(limit))
      """)
  }
}

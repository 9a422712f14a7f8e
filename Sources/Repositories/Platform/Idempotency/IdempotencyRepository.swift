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
      let body = try opened(try row.next([UInt8].self), at: sealedPlace(subject, request.operation, request.key))
      let answer = Answer(
        status: Int(status),
        headers: headers.sorted { $0.key < $1.key }.compactMap { name, value in
          if case .text(let text) = value { Answer.Header(name, text) } else { nil }
        },
        body: body)
      return Stored(fingerprint: fingerprint, answer: body == erasedBody ? answer.withoutBody : answer)
    }
  }

  /// What the erasure of a person leaves of an answer that named him (SEC-04). It stands for a document, so it is never sent as one.
  private static let erasedBody = Array(#"{"personalDataErased":true}"#.utf8)

  package static func store(
    _ answer: Answer, for request: IdempotencyRequest, of subject: UUID, at: Timestamp
  ) -> Query<Int> {
    let kept = answer.kept
    let headers = EventValue.object(
      Dictionary(kept.headers.map { ($0.name, EventValue.text($0.value)) }, uniquingKeysWith: { $1 }))
    let place = sealedPlace(subject, request.operation, request.key)
    let isSealed = Sealing.seal != nil && !kept.body.isEmpty
    let body = isSealed ? Array(Sealing.sealed(String(decoding: kept.body, as: UTF8.self), at: place).utf8) : kept.body
    return Query.execute(
      """
      insert into idempotency_keys (subject_id, operation, key, fingerprint, status, headers, body, mentions, created_at)
      values (\(subject), \(request.operation), \(request.key), \(request.fingerprint), \(Int16(kept.status)),
        \(EventJSON.encode(headers)), \(body), \(isSealed ? identities(in: kept.body) : []), \(at))
      """
    ).refusing("idempotency_keys_pkey") { Refusal.idempotencyInProgress }
  }

  /// An answer belongs to its key: under another one it is refused, not given.
  private static func sealedPlace(_ subject: UUID, _ operation: String, _ key: String) -> SealedPlace {
    SealedPlace("idempotency_keys", "body", "\(subject.canonical) \(operation) \(key)")
  }

  /// Answers are JSON, so what is kept of them is text.
  private static func opened(_ body: [UInt8], at place: SealedPlace) throws -> [UInt8] {
    guard let seal = Sealing.seal else { return body }
    let text = String(decoding: body, as: UTF8.self)
    let plain = try seal.opened(text, at: place)
    return plain == text ? body : Array(plain.utf8)
  }

  /// The identities that an answer names: strings that are a UUID and nothing else.
  private static func identities(in body: [UInt8]) -> [UUID] {
    let quote = UInt8(ascii: "\"")
    var found: Set<UUID> = []
    var index = 0
    while index + 37 < body.count {
      if body[index] == quote, body[index + 37] == quote, body[index + 9] == UInt8(ascii: "-"),
        let id = UUID(uuidString: String(decoding: body[(index + 1)...(index + 36)], as: UTF8.self))
      {
        found.insert(id)
        index += 37
      }
      index += 1
    }
    return found.sorted { $0.uuidString < $1.uuidString }
  }

  /// A kept answer with what was sealed in it.
  package struct Kept: Sendable {
    package let subject: UUID
    package let operation: String
    package let key: String
    package let body: String
  }

  /// The next sealed answers, opened, in the order of their keys; only an erasure reads them.
  package static func sealedAnswers(after last: Kept?, limit: Int) -> Query<[Kept]> {
    let place: SQL =
      last.map { "(subject_id, operation, key) > (\($0.subject), \($0.operation), \($0.key))" } ?? "true"
    return Query.list(
      """
      select subject_id, operation, key, convert_from(body, 'UTF8')
      from idempotency_keys
      where \(place) and substring(body from 1 for 10) = convert_to('aes256gcm:', 'UTF8')
      order by subject_id, operation, key
      limit \(limit)
      """
    ) { row in
      let subject = try row.next(UUID.self)
      let operation = try row.next(String.self)
      let key = try row.next(String.self)
      return Kept(
        subject: subject, operation: operation, key: key,
        body: try row.nextSealed(at: sealedPlace(subject, operation, key)))
    }
  }

  /// Takes away those of these answers that call somebody by one of the names.
  package static func erase(_ answers: [Kept], naming known: [String]) -> Query<Int> {
    Query.one(
      """
      select erase_kept_answers(\(answers.map(\.subject)), \(answers.map(\.operation)), \(answers.map(\.key)),
        \(answers.map(\.body)), \(known))
      """
    ) { Int(try $0.next(Int32.self)) }
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

import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("sealed columns")
struct ColumnSealingServiceTests {
  private let clock = ManualClock()

  private static let tables = [
    "customers", "work_orders", "appointments", "service_requests", "complaints", "webhook_secrets",
  ]

  private func file(_ serial: Int, _ network: TestNetwork) -> Customer {
    Customer(
      id: .new(at: clock.now), number: "CU-T-2026-\(900_100 + serial)", stationID: network.station,
      profile: CustomerProfile(
        kind: .person, name: "李\(serial)", phone: "139\(10_000_000 + serial)", phone2: "024-8899\(1_000 + serial)",
        email: "li\(serial)@example.cn", address: "青年大街\(serial)号", city: nil, contactPreference: nil,
        wishedService: nil,
        note: nil),
      externalIDs: [:], version: 1, stamp: RecordStamp(by: .system, at: clock.now))
  }

  private static func profile(_ customer: Customer, in database: Database) async throws -> CustomerProfile? {
    try await database.read(.system, CustomerRepository.find(.id(customer.id), in: .network))?.profile
  }

  private static func read(
    _ files: [Customer], in database: Database, seeing expected: [CustomerProfile]
  ) async throws -> [ColumnSealingService.Progress] {
    for _ in 0..<5 {
      for (file, profile) in zip(files, expected) {
        let found = try await Self.profile(file, in: database)
        #expect(found == profile)
      }
    }
    return []
  }

  @Test(
    "the registry names every column of a person's telephone number, e-mail or address, and of a secret (SEC-04, S12)")
  func registry() async throws {
    try await TestDatabase.with { test in
      let named = try test.admin(
        """
        select string_agg(c.table_name || '.' || c.column_name, ',' order by 1)
        from (select table_name, column_name from information_schema.columns
          where table_schema = 'public' and table_name !~ '_(history|versions)$' and table_name not in ('stations', 'suppliers', 'warehouses', 'carriers')
            and (column_name ~ '(^|_)(phone2?|email|address)$' or column_name ~ '(licence|license|identity)_number$'
              or column_name ~ '(^|_)secret$')
          order by 1, 2) c
        """)
      let sealed = try test.admin(
        """
        select string_agg(c.table_name || '.' || c.column_name, ',' order by 1)
        from (select table_name, column_name from sealed_columns order by 1, 2) c
        """)
      #expect(named == sealed)
    }
  }

  @Test(
    "a new key takes over while the product serves: every read sees the same, versions and the past stay (SEC-04, S12)")
  func rotation() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let old = test.sealed(.keys("old"))
      let both = test.sealed(.keys("old", "new"))
      let files = (0..<40).map { file($0, network) }
      try await old.write(.system) { tx in
        tx.enqueue(RecordTime.write(at: clock.now))
        for file in files { _ = try await tx.run(CustomerRepository.insert(file)) }
      }
      // A past under the old key.
      clock.advance(seconds: 60)
      let renamed = files.map { file in
        var renamed = file.revised(by: .system, at: clock.now)
        renamed.profile.phone = "137" + file.profile.phone.dropFirst(3)
        return renamed
      }
      try await both.write(.system) { tx in
        tx.enqueue(RecordTime.write(at: clock.now))
        for file in renamed.prefix(20) { tx.enqueue(CustomerRepository.update(file, expecting: 1)) }
      }
      let versions = """
        select string_agg(id || ' ' || version || ' ' || recorded_from || ' ' || recorded_to || ' ' || name, ','
          order by id, recorded_from) from customers_versions
        """
      let before = try test.admin(versions)

      let now = test.sealed(.keys("new", "old"))
      let sealing = ColumnSealingService(now, keys: .keys("new", "old"))
      let expected = renamed.prefix(20).map(\.profile) + files.dropFirst(20).map(\.profile)
      let progress = try await withThrowingTaskGroup(of: [ColumnSealingService.Progress].self) { group in
        group.addTask { try await sealing.run(batch: 7) }
        // Instances that seal with the old key serve beside it.
        for reader in [both, now] {
          group.addTask { try await Self.read(files, in: reader, seeing: expected) }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      // 40 files of ours and their 20 versions; two of the network's, which were in clear.
      let customers = try #require(progress.first { $0.table == "customers" })
      #expect(customers.seen == 62 && customers.sealed == 62)
      #expect(Set(progress.map(\.table)) == Set(Self.tables))
      #expect(try test.admin(versions) == before)
      let fresh = test.sealed(.keys("new"))
      for (file, profile) in zip(files, expected) {
        let found = try await Self.profile(file, in: fresh)
        #expect(found == profile)
      }
      let kept = try test.admin(
        "select count(*) from customers_versions where phone !~ '^aes256gcm:new:' or address !~ '^aes256gcm:new:'")
      #expect(kept == "0")
      #expect(try await sealing.run().allSatisfy { $0.sealed == 0 })
    }
  }

  @Test("a number that somebody moved into another file by SQL is refused, not shown as his (SEC-04, S12)")
  func moved() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let sealed = test.sealed(.keys("new"))
      let (victim, other) = (file(1, network), file(2, network))
      try await sealed.write(.system) { tx in
        tx.enqueue(RecordTime.write(at: clock.now))
        for file in [victim, other] { _ = try await tx.run(CustomerRepository.insert(file)) }
      }
      try test.admin(
        "update customers set phone = (select c.phone from customers c where c.id = '\(other.id)') where id = '\(victim.id)'"
      )
      await #expect(throws: Failure.self) { _ = try await Self.profile(victim, in: sealed) }
      #expect(try await Self.profile(other, in: sealed) == other.profile)
      // From one column of a row into another one of it as well.
      try test.admin("update customers set email = phone2 where id = '\(other.id)'")
      await #expect(throws: Failure.self) { _ = try await Self.profile(other, in: sealed) }
      await #expect(throws: Failure.self) {
        _ = try await ColumnSealingService(sealed, keys: .keys("newer", "new")).run()
      }
    }
  }

  @Test(
    "texts that were sealed before they were bound to their rows are read, and bound when they are sealed anew (S12)")
  func unbound() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      let keys = ColumnKeys.keys("one")
      try test.admin(
        """
        update customers set phone = 'aes256gcm:one:AAECAwQFBgcICQoLkWsFZxIeL5jL6v/q3yybacl27JyScPj5ccDI'
        where id = '\(network.customer)'
        """)
      let database = test.sealed(keys)
      func phone() async throws -> String? {
        try await database.read(.system, CustomerRepository.find(.id(network.customer), in: .network))?.profile.phone
      }
      #expect(try await phone() == "13812345678")
      _ = try await ColumnSealingService(database, keys: keys).run()
      #expect(
        try test.admin("select count(*) from customers where starts_with(phone, 'aes256gcm:one:2.')") == "2")
      #expect(try await phone() == "13812345678")
    }
  }

  @Test("what an erasure left is not touched, and whoever lost the key reads an error, not somebody else's number")
  func erased() async throws {
    try await TestDatabase.with { test in
      let network = try await TestNetwork(in: test.database, at: clock.now)
      try test.admin("update customers set phone = '00000', state = 'erased' where id = '\(network.customer)'")
      let keys = ColumnKeys.keys("new")
      let progress = try await ColumnSealingService(test.sealed(keys), keys: keys).run()
      // The other station's customer, in clear as the fixture wrote him, and what was before the admin's change.
      let past = try test.admin("select count(*) from customers_history")
      #expect(progress.first { $0.table == "customers" }?.sealed == 1 + (Int(past) ?? 0))
      #expect(try test.admin("select phone from customers where id = '\(network.customer)'") == "00000")
      await #expect(throws: Failure.self) {
        try await test.sealed(.keys("other")).read(
          .system, CustomerRepository.find(.id(network.otherCustomer), in: .network))
      }
    }
  }
}

import Foundation
import TestSupport
import Testing

/// What a violated constraint means is said by a repository, or cannot be reached (C-35): an unknown one is a fault of ours and
/// answers 500.
@Suite struct ConstraintMappingTests {
  /// Why no input can violate them, whatever a client sends. Primary keys are identities that the server makes, or rows that are
  /// written with `on conflict`.
  private static let unreachable: Set<String> = [
    // A webhook is never deleted and its rows are written with it; deliveries are inserted with `on conflict`, their attempts go with
    // them.
    "webhook_secrets_id_fkey", "webhook_streams_webhook_id_fkey", "webhook_deliveries_webhook_id_fkey",
    "webhook_deliveries_once", "webhook_attempts_delivery_id_fkey",
    // Hold whenever the primary key does.
    "appointments_id_station_key", "bays_id_station_key", "customers_id_station_key", "work_orders_id_station_key",
    "follow_ups_id_station_key", "letters_id_station_key",
    // Numbers are drawn from a counter under its lock; tokens are 32 random bytes.
    "appointments_number_key", "complaints_number_key", "issued_reports_number_key", "policies_number_key",
    "product_returns_number_key", "quality_issues_number_key", "campaigns_number_key", "service_requests_number_key",
    "follow_ups_number_key", "letters_number_key", "work_orders_number_key",
    "early_warnings_number_key", "tokens_hash_key",
    "old_parts_number_key", "supplier_recoveries_number_key",
    // A claim asks its parts back under its own lock; a recovery and its supplier are locked before they are named.
    "old_parts_claim_key", "old_parts_claim_id_fkey", "old_parts_recovery_id_fkey",
    "supplier_recoveries_supplier_id_fkey",
    "supplier_recovery_lines_recovery_id_fkey", "supplier_recovery_lines_contract_id_fkey",
    "supplier_recovery_lines_station_id_fkey", "supplier_recovery_lines_old_part_id_fkey",
    "supplier_contracts_supplier_id_fkey", "supplier_parts_supplier_id_fkey",
    // Migrations alone write it, and the server counts the places.
    "person_families_place_key",
    // Lines and invoices of an order are written under the order's lock.
    "job_lines_number_key", "invoices_work_order_id_key",
    // An order becomes an appointment once, under the order's lock; a check-in opens an order of its own.
    "appointments_source_order_id_key", "appointments_source_order_id_fkey", "appointments_work_order_id_key",
    "appointments_work_order_id_fkey",
    // The bay is found under the lock of its workshop; bays are never deleted.
    "appointments_bay_id_fkey",
    // A workshop is replaced under the lock of its station, and its own rows after its header; hours that overlap and days that
    // contradict each other are refused before, and a bay is written with `on conflict`.
    "bays_code_key", "bays_station_id_fkey", "station_hours_overlap", "station_hours_station_id_fkey",
    "station_special_days_key", "station_special_days_station_id_fkey", "station_workshops_station_id_fkey",
    // A delivery schedules its calls once, under the order's lock, with the survey in force; a call is answered under its own lock.
    "follow_ups_delivery_key", "follow_ups_first_id_key", "follow_ups_first_id_fkey", "follow_ups_station_id_fkey",
    "follow_ups_survey_fkey", "follow_ups_work_order_id_fkey", "follow_ups_complaint_id_fkey",
    "survey_responses_follow_up_id_fkey",
    "survey_responses_follow_up_key",
    // Customer, order, station and version of a survey were read in the transaction; none is ever deleted.
    "survey_responses_customer_id_fkey", "survey_responses_station_id_fkey", "survey_responses_survey_fkey",
    "survey_responses_work_order_id_fkey", "survey_versions_survey_id_fkey", "letters_station_id_fkey",
    // Recipients are selected from the customers of the letter's station; plans are computed from links that are there, and
    // written with `on conflict`.
    "letter_recipients_customer_id_fkey", "letter_recipients_letter_id_fkey", "service_plans_customer_id_fkey",
    "service_plans_station_id_fkey", "service_plans_vehicle_id_fkey", "service_plans_vehicle_key",
    // Station, warehouse and part of an order were read in its transaction; lines, shipments and claims are written under its lock,
    // and none is deleted but a line of a draft.
    "parts_orders_id_station_key", "shipments_id_station_key", "parts_orders_number_key", "shipments_number_key",
    "parts_claims_number_key", "parts_orders_station_id_fkey", "parts_orders_location_id_fkey",
    "parts_order_lines_part_id_fkey", "parts_order_lines_order_fkey", "parts_order_lines_replaces_fkey",
    "shipments_location_id_fkey", "shipments_order_fkey", "shipment_lines_shipment_fkey",
    "shipment_lines_order_line_fkey", "parts_claims_shipment_fkey", "parts_claims_shipment_line_fkey",
    "parts_claims_order_line_fkey", "reservations_parts_order_id_fkey",
    // Numbers of stock's documents come from the counter as well.
    "minimum_stocks_number_key", "parts_returns_number_key", "parts_sales_number_key", "price_lists_number_key",
    "replenishment_proposals_number_key", "reservations_number_key", "stocktakes_number_key",
    // Parts, places and stations of stock's documents were found in the transaction; none is ever deleted.
    "minimum_stocks_station_id_fkey", "part_supersessions_part_id_fkey", "part_supersessions_successor_id_fkey",
    "parts_returns_location_id_fkey", "parts_returns_station_id_fkey", "parts_returns_to_location_id_fkey",
    "parts_sales_location_id_fkey", "parts_sales_station_id_fkey", "parts_sale_reversals_sale_id_fkey",
    "parts_sale_reversals_station_id_fkey", "price_list_lines_part_id_fkey",
    "price_list_lines_price_list_id_fkey", "replenishment_proposals_location_id_fkey",
    "replenishment_proposals_station_id_fkey", "reservations_location_id_fkey", "sbom_lines_part_id_fkey",
    "sbom_lines_sbom_id_fkey", "stock_expectations_location_id_fkey", "stock_expectations_part_id_fkey",
    "stock_levels_location_id_fkey", "stock_levels_part_id_fkey", "stock_movements_location_id_fkey",
    "stocktake_lines_stocktake_id_fkey", "stocktakes_location_id_fkey",
    // Lines that name a part twice are refused before.
    "price_list_lines_part_key", "sbom_lines_part_key",
    // Levels and expectations are written with `on conflict`; movements are numbered under the lock of their level.
    "stock_expectations_source_key", "stock_levels_location_part_key", "stock_movements_ordinal_key",
    // The bytes are claimed in the transaction that files them, and claimed ones are not collected.
    "attachments_sha256_fkey",
    // The keys of policies are an enumeration; the row of each is locked for its next number.
    "policies_key_fkey",
    // Clocks stand on a document of the station, and are counted by a version of a calendar that was written with it; a line that
    // a correction names is looked up in the locked clock.
    "calendar_versions_calendar_id_fkey", "clock_entries_clock_id_fkey", "clock_entries_corrects_fkey",
    "clocks_calendar_id_fkey", "clocks_station_id_fkey",
    // Rows under a document are written in the transaction that read or wrote it; documents are never deleted.
    "customer_decisions_work_order_id_fkey", "estimates_work_order_id_fkey", "invoices_work_order_id_fkey",
    "job_line_parts_job_line_id_fkey", "job_line_parts_work_order_id_fkey", "job_lines_work_order_id_fkey",
    "progress_links_work_order_id_fkey", "quality_inspections_work_order_id_fkey",
    "technician_clockings_job_line_id_fkey", "technician_clockings_work_order_id_fkey",
    "labour_operation_hours_operation_id_fkey", "service_item_operations_service_item_id_fkey",
    "fault_code_operations_fault_code_id_fkey",
    "quality_reports_quality_issue_id_fkey", "quality_reports_station_id_fkey",
    "quality_report_deliveries_report_fkey", "quality_report_deliveries_station_id_fkey",
    "quality_measures_quality_issue_id_fkey", "quality_measures_station_id_fkey",
    "quality_disciplines_quality_issue_id_fkey", "quality_disciplines_station_id_fkey",
    // Signals are written by the watch alone, under the lock of its progress, each with an issue of its own.
    "early_warnings_quality_issue_id_fkey", "early_warnings_issue_key", "early_warnings_day_key",
    "early_warning_silences_campaign_id_fkey",
    // Lines of a campaign come from its frozen population, once; answers on an order from those lines.
    "campaign_vehicles_campaign_id_fkey", "campaign_vehicles_vehicle_id_fkey", "campaign_vehicles_key",
    "work_order_campaigns_campaign_id_fkey", "work_order_campaigns_campaign_vehicle_id_fkey",
    "work_order_campaigns_station_id_fkey", "work_order_campaigns_work_order_id_fkey",
    "complaint_compensations_complaint_id_fkey", "complaint_vehicle_returns_complaint_id_fkey",
    "complaint_identities_complaint_id_fkey",
    // Accounts are opened with `on conflict`, under codes of stations, suppliers and headquarters that are unique themselves;
    // entries, items and lines name what was read or written in their own transaction; none is ever deleted.
    "ledger_accounts_code_key", "ledger_accounts_holder_key", "ledger_accounts_currency_key",
    "ledger_accounts_station_id_fkey", "ledger_entries_number_key", "ledger_entries_day_key",
    "ledger_entries_reverses_id_fkey", "ledger_postings_entry_fkey", "ledger_postings_account_fkey",
    "ledger_postings_station_id_fkey", "ledger_totals_key", "ledger_totals_account_id_fkey",
    "ledger_totals_station_id_fkey", "settlements_number_key", "settlements_entry_id_fkey",
    "payable_items_entry_id_fkey", "payable_items_reverses_id_fkey", "payable_items_settlement_id_fkey",
    "settlement_lines_settlement_id_fkey", "settlement_lines_station_id_fkey", "settlement_lines_item_id_fkey",
    "station_awards_number_key",
    // A claim's order, complaint, station and vehicle were read in its transaction; items, lines and versions are written with it.
    "warranty_claims_number_key", "warranty_claims_id_station_key", "warranty_claims_vehicle_id_fkey",
    "warranty_claim_items_claim_id_fkey", "warranty_claim_lines_claim_id_fkey", "warranty_claim_lines_item_fkey",
    "warranty_claim_versions_claim_id_fkey",
    // The word on which an item rests was read in the transaction, and approved lines are never deleted.
    "warranty_claim_items_pre_authorisation_id_fkey",
    // The policy that a trial is about was read in its transaction.
    "claim_rule_trials_policy_id_fkey",
    // The complaint that another one goes on in is locked before.
    "complaints_merged_into_id_fkey",
    "issued_report_contents_issued_report_id_fkey", "issued_report_receipts_issued_report_id_fkey",
    // What a delivered order did is written once, with the order and under the lock of its vehicle, which are never deleted.
    "vehicle_repairs_work_order_id_fkey", "vehicle_repairs_vehicle_id_fkey", "vehicle_repair_lines_work_order_id_fkey",
    "vehicle_fitted_parts_work_order_id_fkey", "vehicle_fitted_parts_vehicle_id_fkey",
    "vehicle_first_maintenances_vehicle_id_fkey", "vehicle_first_maintenances_work_order_id_fkey",
    "three_guarantee_signals_vehicle_id_fkey", "three_guarantee_signals_work_order_id_fkey",
    "three_guarantee_signals_live_key", "three_guarantee_reviews_vehicle_id_fkey",
    "vehicle_repair_exclusions_claim_id_fkey", "vehicle_repair_exclusions_line_fkey",
    // A job is registered before it runs.
    "deferred_work_job_fkey",
    // A request is made for an order that was read, of its station and vehicle; its lines are written under its lock.
    "pre_authorisations_id_station_key", "pre_authorisations_number_key", "pre_authorisations_station_id_fkey",
    "pre_authorisations_vehicle_id_fkey", "pre_authorisations_work_order_id_fkey",
    "pre_authorisation_lines_pre_authorisation_id_fkey", "pre_authorisation_draws_line_fkey",
    // So are loans and tokens with their users, clients and stations.
    "customer_telephones_customer_id_fkey", "delegations_from_user_id_fkey",
    "delegations_to_user_id_fkey", "delegations_station_id_fkey",
    // A team is formed of users that were found, on a document of the station; who is in it already is left as he is.
    "case_grants_user_id_fkey", "case_grants_station_id_fkey", "case_grants_live_key",
    "tokens_client_id_fkey", "tokens_user_id_fkey",
  ]

  /// Raised by functions and triggers under the name of a constraint, or by a check that input can violate.
  private static let raised: Set<String> = [
    "ledger_totals_amount_check",
    "idempotency_keys_in_progress", "vehicles_odometer_never_falls",
    "component_families_word_taken", "component_families_code_taken",
    "appointments_customer_erased", "complaints_customer_erased", "customers_legal_hold",
    "attachments_customer_erased", "notes_customer_erased", "quality_issues_customer_erased",
    "service_requests_customer_erased",
    "follow_ups_customer_erased", "survey_responses_customer_erased",
    "work_orders_customer_erased",
    "policies_decided_by_another", "parts_orders_elsewhere_check", "pre_authorisations_decided_by_another",
    "pre_authorisation_lines_drawn_check", "warranty_claim_lines_decided_by_another",
    "warranty_claim_lines_second_decider",
    "part_supersessions_no_cycle", "parts_sales_customer_erased", "reservations_elsewhere", "stock_levels_currency",
    "stock_levels_frozen", "stock_levels_on_hand_check", "stock_levels_on_hand_limit",
    "stock_levels_on_order_limit", "stock_levels_reserved_covered",
  ]

  @Test(
    "every unique, foreign and exclusion constraint of every table is mapped by a repository, or unreachable (C-35)")
  func mapped() async throws {
    let named = try Self.named()
    let found = try await TestDatabase.with { database in
      try database.admin(
        """
        select conname, contype = 'p' from pg_constraint
        where contype in ('u', 'p', 'f', 'x') and connamespace = 'public'::regnamespace
        union
        select c.relname, false from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indisunique and c.relnamespace = 'public'::regnamespace
          and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('u', 'p', 'x'))
        """)
    }.split(separator: "\n").map { $0.split(separator: "|").map(String.init) }
    #expect(found.count > 100 && named.count > 30)
    let names = Set(found.map { $0[0] })
    let secondary = Set(found.filter { $0[1] == "f" }.map { $0[0] })
    #expect(secondary.subtracting(named).subtracting(Self.unreachable).sorted() == [], "not mapped")
    #expect(Self.unreachable.intersection(named).sorted() == [], "mapped after all")
    #expect(named.union(Self.unreachable).subtracting(names).subtracting(Self.raised).sorted() == [], "not there")
  }

  /// The names that repositories turn into refusals.
  private static func named() throws -> Set<String> {
    let root = URL(filePath: TestCluster.root + "/Sources/Repositories")
    var names: Set<String> = []
    for case let file as URL in FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) ?? .init()
    where file.pathExtension == "swift" {
      let source = try String(contentsOf: file, encoding: .utf8)
      names.formUnion(source.matches(of: #/refusing\(\s*"([a-z_0-9]+)"/#).map { String($0.output.1) })
      // The refusals of a `RecordTable`.
      names.formUnion(source.matches(of: #/\(\s*"([a-z_0-9]+)",\s*\{/#).map { String($0.output.1) })
    }
    return names
  }
}

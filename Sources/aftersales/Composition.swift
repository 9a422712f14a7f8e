import API
import Blobs
import Domain
import Logging
import Postgres
import Repositories
import Services
import Workers

/// Everything that lives as long as the process, wired once, by initialisers. What needs the database works while
/// `client.run()` runs.
struct Composition: Sendable {
  static let version = "0.1.0"

  let settings: Settings
  let logger: Logger
  let clock: WallClock

  let client: PostgresClient
  let database: Database
  let work: UnitOfWork

  // Access
  let hasher: PasswordHasher
  let loginGuard: LoginGuard
  let verifier: TokenVerifier
  let administration: AccessAdministration
  let tokens: TokenService
  let me: MeService
  let users: UserService
  let delegations: DelegationService
  let clients: MachineClientService

  // Families
  let policies: PolicyService
  let regions: RegionService
  let stations: StationService
  let suppliers: SupplierService
  let customers: CustomerService
  let customerFiles: CustomerFileService
  let nextServices: NextServiceService
  let personalData: PersonalDataService
  let disclosures: DisclosureRecorder
  let vehicles: VehicleService
  let vehicleModels: VehicleModelService
  let labourOperations: LabourOperationService
  let serviceItems: ServiceItemService
  let faultCodes: FaultCodeService
  let followUps: FollowUpService
  let surveys: SurveyService
  let surveyResponses: SurveyResponseService
  let letters: LetterService
  let workOrders: WorkOrderService
  let workshops: WorkshopService
  let appointments: AppointmentService
  let serviceRequests: ServiceRequestService
  let productReturns: ProductReturnService
  let oldParts: OldPartService
  let supplierRecoveries: SupplierRecoveryService
  let carriers: CarrierService
  let partsOrders: PartsOrderService
  let shipments: ShipmentService
  let partsClaims: PartsClaimService
  let complaints: ComplaintService
  let qualityIssues: QualityIssueService
  let warrantyClaims: WarrantyClaimService
  let claimRuleTrials: ClaimRuleTrialService
  let campaigns: CampaignService
  let campaignVehicles: CampaignVehicleService
  let entitlements: EntitlementService
  let threeGuarantees: ThreeGuaranteeService
  let preAuthorisations: PreAuthorisationService

  // Money
  let ledger: LedgerService
  let payableItems: PayableItemService
  let settlements: SettlementService
  let penalties: StationAwardService<PenaltyKind>
  let rewards: StationAwardService<RewardKind>

  // Parts
  let parts: PartService
  let sboms: SbomService
  let priceLists: PriceListService
  let warehouses: StockLocationService
  let stock: StockService
  let stationParts: StationPartsService
  let stockMovements: StockMovementService
  let reservations: ReservationService
  let stocktakes: StocktakeService
  let minimumStocks: MinimumStockService
  let reserveQuotas: ReserveQuotaService
  let replenishmentProposals: ReplenishmentProposalService
  let partsSales: PartsSaleService
  let partsReturns: PartsReturnService
  let componentFamilies: ComponentFamilyService
  let earlyWarnings: EarlyWarningService

  // Deadlines
  let calendars: CalendarService
  let clocks: ClockService

  // Reports
  let reports: ReportService
  let issuedReports: IssuedReportService
  let reportSchedule: ReportSchedule

  // Notes and files
  let notes: NoteService
  let blobs: BlobStore
  let attachments: AttachmentService
  let attachmentHousekeeping: AttachmentHousekeeping
  let appointmentReminders: AppointmentReminders
  let followUpSweep: FollowUpSweep
  let letterSweep: LetterSweep
  let customerFileSweep: CustomerFileSweep
  let nextServiceSweep: NextServiceSweep
  let preAuthorisationExpiry: PreAuthorisationExpiry
  let threeGuaranteeSweep: ThreeGuaranteeSweep
  let reservationSweep: ReservationSweep
  let oldPartSweep: OldPartSweep
  let claimDeadlineSweep: ClaimDeadlineSweep
  let claimRuleTrialJob: ClaimRuleTrials
  let earlyWarningWatch: EarlyWarningWatch

  // Background jobs
  let eventFeed: EventFeedService
  let webhooks: WebhookService
  let webhookDispatch: WebhookDispatch
  let webhookHousekeeping: WebhookHousekeeping
  let leases: WorkerLeaseService
  let housekeeping: HousekeepingService
  let clockSweep: ClockSweepService
  let telephones: TelephoneIndexService
  /// `nil` without column keys.
  let sealing: ColumnSealingService?
  let gauges: WorkerGauges

  /// - Parameters:
  ///   - secret: needed by whoever writes or searches customers.
  ///   - columns: needed by whoever reads or writes what is kept sealed.
  init(_ settings: Settings, secret: SecretKey = .none, columns: ColumnKeys? = nil) {
    self.settings = settings
    clock = SystemClock.wall
    logger = Self.logger(settings)
    client = PostgresClient(configuration: PostgresConfiguration(dsn: settings.databaseURL), logger: logger)
    database = Database(client, seal: columns)
    work = UnitOfWork(database, clock: clock)

    hasher = PasswordHasher()
    loginGuard = LoginGuard()
    verifier = TokenVerifier(database, clock: clock)
    administration = AccessAdministration(work, hasher: hasher)
    tokens = TokenService(database, hasher: hasher, loginGuard: loginGuard)
    me = MeService(database)
    users = UserService(work, hasher: hasher)
    delegations = DelegationService(work, users: users)
    clients = MachineClientService(work)

    policies = PolicyService(work)
    regions = RegionService(work)
    stations = StationService(work)
    suppliers = SupplierService(work)
    let telephoneIndex = TelephoneIndex(secret: secret.derived(for: "telephone index"))
    let policyBook = PolicyBook()
    let clockBook = ClockBook(policyBook)
    let fileBook = CustomerFileBook(clockBook)
    customers = CustomerService(
      work, telephones: telephoneIndex,
      changeHooks: [{ tx, customer, command in try await fileBook.review(customer, command, in: tx) }])
    customerFiles = CustomerFileService(work, clocks: clockBook)
    nextServices = NextServiceService(work, policies: policyBook)
    personalData = PersonalDataService(work)
    disclosures = DisclosureRecorder(database)
    vehicles = VehicleService(work, policies: policyBook)
    vehicleModels = VehicleModelService(work)
    labourOperations = LabourOperationService(work)
    serviceItems = ServiceItemService(work)
    faultCodes = FaultCodeService(work)

    let stockBook = StockBook(policyBook)
    parts = PartService(work)
    sboms = SbomService(work)
    priceLists = PriceListService(work)
    warehouses = StockLocationService(work)
    stock = StockService(database)
    stationParts = StationPartsService(database, policies: policyBook)
    stockMovements = StockMovementService(work, stock: stockBook)
    reservations = ReservationService(work, stock: stockBook)
    stocktakes = StocktakeService(work, stock: stockBook)
    minimumStocks = MinimumStockService(work)
    reserveQuotas = ReserveQuotaService(work)
    replenishmentProposals = ReplenishmentProposalService(work, stock: stockBook)
    partsSales = PartsSaleService(work, stock: stockBook)
    partsReturns = PartsReturnService(work, stock: stockBook)

    calendars = CalendarService(work)
    clocks = ClockService(work, book: clockBook)
    followUps = FollowUpService(work, clocks: clockBook)
    surveys = SurveyService(work)
    complaints = ComplaintService(work, clocks: clockBook)
    surveyResponses = SurveyResponseService(work, complaints: complaints)
    letters = LetterService(work, clocks: clockBook)
    workOrders = WorkOrderService(work, clocks: clockBook)
    workshops = WorkshopService(work)
    appointments = AppointmentService(work, orders: workOrders)

    notes = NoteService(work)
    blobs = settings.attachments.store(clock)
    attachments = AttachmentService(work, store: blobs, maximumBytes: settings.attachments.maximumBytes)
    serviceRequests = ServiceRequestService(work, orders: workOrders)
    productReturns = ProductReturnService(work)
    let oldPartBook = OldPartBook(clockBook)
    warrantyClaims = WarrantyClaimService(work, clocks: clockBook)
    oldParts = OldPartService(work, book: oldPartBook, outcomes: [warrantyClaims])
    supplierRecoveries = SupplierRecoveryService(work, ledger: LedgerBook())
    carriers = CarrierService(work)
    partsOrders = PartsOrderService(
      work, stock: StockBook(policyBook), ledger: LedgerBook(), policies: policyBook, clocks: clockBook,
      workOrders: workOrders)
    shipments = ShipmentService(work)
    partsClaims = PartsClaimService(work, orders: partsOrders)
    reports = ReportService(work, policies: policyBook)
    issuedReports = IssuedReportService(work, reports: reports, press: .standard)
    qualityIssues = QualityIssueService(work, clocks: clockBook)
    claimRuleTrials = ClaimRuleTrialService(work)
    campaigns = CampaignService(work)
    campaignVehicles = CampaignVehicleService(work)
    entitlements = EntitlementService(work, policies: policyBook)
    threeGuarantees = ThreeGuaranteeService(work, policies: policyBook)
    preAuthorisations = PreAuthorisationService(work, clocks: clockBook)

    let ledgerBook = LedgerBook()
    let payableBook = PayableBook(ledgerBook)
    ledger = LedgerService(work, ledger: ledgerBook, payables: payableBook)
    payableItems = PayableItemService(work, payables: payableBook, sources: [.warrantyClaim: warrantyClaims])
    settlements = SettlementService(
      work, ledger: ledgerBook, policies: policyBook, sources: [.warrantyClaim: warrantyClaims])
    penalties = StationAwardService(work, payables: payableBook, policies: policyBook)
    rewards = StationAwardService(work, payables: payableBook, policies: policyBook)
    componentFamilies = ComponentFamilyService(work)
    earlyWarnings = EarlyWarningService(work, issues: qualityIssues, policies: policyBook)

    eventFeed = EventFeedService(database, pulse: EventPulse())
    leases = WorkerLeaseService(database, clock: clock)
    webhooks = WebhookService(work, egress: settings.webhooks.egress)
    webhookDispatch = WebhookDispatch(database, clock: clock)
    webhookHousekeeping = WebhookHousekeeping(leases, clock: clock, days: settings.webhooks.retentionDays)
    housekeeping = HousekeepingService(leases, clock: clock)
    clockSweep = ClockSweepService(leases, clock: clock)
    attachmentHousekeeping = AttachmentHousekeeping(leases, store: blobs, clock: clock)
    telephones = TelephoneIndexService(leases, index: telephoneIndex)
    sealing = columns.map { [database] in ColumnSealingService(database, keys: $0) }
    appointmentReminders = AppointmentReminders(leases, clock: clock)
    reportSchedule = ReportSchedule(leases, reports: issuedReports, clock: clock)
    followUpSweep = FollowUpSweep(leases, followUps: followUps, clock: clock)
    letterSweep = LetterSweep(leases, letters: letters, clock: clock)
    customerFileSweep = CustomerFileSweep(leases, files: customerFiles, clock: clock)
    nextServiceSweep = NextServiceSweep(leases, services: nextServices, clock: clock)
    preAuthorisationExpiry = PreAuthorisationExpiry(leases, clock: clock)
    threeGuaranteeSweep = ThreeGuaranteeSweep(leases, policies: policyBook, clock: clock)
    reservationSweep = ReservationSweep(leases, reservations: reservations, clock: clock)
    oldPartSweep = OldPartSweep(leases, parts: oldParts, clock: clock)
    claimDeadlineSweep = ClaimDeadlineSweep(leases, claims: warrantyClaims, clock: clock)
    claimRuleTrialJob = ClaimRuleTrials(leases, clock: clock)
    earlyWarningWatch = EarlyWarningWatch(leases, warnings: earlyWarnings, clock: clock)
    gauges = WorkerGauges()
  }

  static func logger(_ settings: Settings) -> Logger {
    Logger(label: "aftersales") { JSONLogHandler(label: $0, level: settings.logLevel, clock: SystemClock.wall) }
  }

  func migrator(_ url: String) -> Migrator {
    Migrator(directory: settings.migrations, dsn: url, logger: logger)
  }

  var worker: Worker {
    // One chain of `+` is more than the type checker takes in reasonable time.
    let jobs: [[Job]] = [
      .housekeeping(housekeeping), .webhooks(webhookHousekeeping), .attachments(attachmentHousekeeping),
      .customers(telephones), .clocks(clockSweep),
      .appointments(appointmentReminders), .reports(reportSchedule),
      .warranty(preAuthorisationExpiry, counters: threeGuaranteeSweep), .stock(reservationSweep),
      .oldParts(oldPartSweep), .earlyWarning(earlyWarningWatch),
      .customerCare(
        followUps: followUpSweep, letters: letterSweep, files: customerFileSweep, services: nextServiceSweep),
      .warrantyClaims(deadlines: claimDeadlineSweep, trials: claimRuleTrialJob),
    ]
    return Worker(
      jobs.flatMap { $0 },
      leases: leases, gauges: gauges, logger: logger)
  }

  /// Sends what webhooks are due, wherever jobs run.
  var webhookSender: WebhookSender {
    WebhookSender(webhookDispatch, WebhookTransport(settings.webhooks.egress), logger: logger) { event in
      JSONWriter.bytes(of: EventEnvelope(event))
    }
  }

  /// For commands: the services with a running database client, and everything that goes wrong in words.
  static func withServices(
    _ settings: Settings, secret: SecretKey = .none, _ body: (Composition) async throws -> Void
  ) async throws {
    try await CommandFailure.reporting {
      try settings.requireDatabase()
      let columns = try ColumnKeyring.load(settings)
      try await Composition(settings, secret: secret, columns: columns).whileConnected(body)
    }
  }

  /// Runs the database client as long as `body`. Once per composition.
  func whileConnected<Output>(_ body: (Composition) async throws -> Output) async throws -> Output {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await client.run() }
      defer { group.cancelAll() }
      return try await body(self)
    }
  }
}

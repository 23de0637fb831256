// Which members the payload of an aspect has at its top level (Catena-X semantic models).
#include "record/catena_x_aspects.h"

namespace connector::record {
namespace {

constexpr AspectShape kShapes[] = {
    {"AddressAspect", "2.0.0", "address"},
    {"AssetTrackerLinks", "1.0.0", "catenaXId childParts"},
    {"AssetTrackerLinks, SingleLevelBomAsBuilt or SingleLevelBomAsPlanned", "",
     "catenaXId childItems"},
    {"Batch or JustInSequencePart", "",
     "catenaXId localIdentifiers manufacturingInformation partTypeInformation sites"},
    {"Batch, JustInSequencePart or SerialPart", "",
     "catenaXId localIdentifiers manufacturingInformation partTypeInformation"},
    {"Batch, JustInSequencePart or SerialPart", "",
     "globalAssetId localIdentifiers manufacturingInformation partTypeInformation"},
    {"BatteryPass", "3.0.1",
     "batteryCycleLife batteryIdentification cO2FootprintTotal cellChemistry composition "
     "datePlacedOnMarket document electrochemicalProperties manufacturer manufacturing "
     "physicalDimensions stateOfBattery temperatureRangeIdleState warrantyPeriod"},
    {"BatteryPass", "4.0.0",
     "chemicalMaterial circularity conformity generalInformation identification metadata "
     "performance physicalDimension safety sources"},
    {"BatteryPass", "6.0.0",
     "characteristics commercial conformity handling identification materials metadata operation "
     "performance safety sources sustainability"},
    {"BatteryPass", "6.1.0",
     "characteristics commercial conformity handling identification materials metadata operation "
     "performance safety sources specVersion sustainability"},
    {"BillOfProcessSharedAspect", "1.0.0, 1.1.0", "billOfProcessModel"},
    {"BinaryExchange", "1.0.0", "binaryFile dspInformation fileContentDescriptionId mappingRuleId"},
    {"BomAsSpecified", "1.0.0, 1.0.1", "identifier item"},
    {"BusinessPartnerCertificate", "3.0.0, 3.1.0",
     "areaOfApplication businessPartnerNumber document enclosedSites issuer registrationNumber "
     "trustLevel type uploader validFrom validUntil validator"},
    {"BusinessPartnerNumber, ManufacturingInformation or SiteInformation", "",
     "bpnaProperty bpnlProperty bpnsProperty"},
    {"CertificateOfAnalysis", "1.0.0",
     "certificateMetaData customer materialProperties productInstanceInformation "
     "productTypeInformation supplier"},
    {"CertificateOfAnalysis", "1.0.0",
     "certificateOfAnalysisBinary certificateOfAnalysisLink certificateOfAnalysisPreFormatted"},
    {"CertificateOfDestruction", "1.0.1, 2.0.0",
     "companyNumber dismantlerProperties dismantlingDate returnPointProperties serialNumber "
     "vehicleOwnerProperties vehicleProperties"},
    {"CertificateSigningRequests", "1.0.0", "certificateSigningRequestList"},
    {"ChemicalMaterialPassport, ElectricDrivePassport or TransmissionPass", "", "generic specific"},
    {"ClaimData", "1.0.0", "listOfClaims"},
    {"ClaimData", "3.0.0", "claims metaInformation"},
    {"ClassifiedLoadSpectrum", "1.0.0", "body header metadata residuum targetComponentID"},
    {"Composition", "1.0.0", "globalAssetId materials"},
    {"CustomsInformation", "1.0.0", "catenaXId customsInformation"},
    {"CustomsInformation", "2.0.0",
     "catenaXId commercialCountryOfOrigin confirmationDate contactInformation federalState "
     "preferredStatus status tracedWorth tradeRelation type validFrom"},
    {"DaysOfSupply", "2.0.0", "allocatedDaysOfSupply direction materialGlobalAssetId"},
    {"DecommissioningCertificate", "1.0.0, 2.0.0",
     "catenaXId issueDate issuer revocationDate serialNumber"},
    {"DeliveryInformation or PlannedProductionOutput", "", "materialGlobalAssetId positions"},
    {"DemandAndCapacityNotification", "1.0.0",
     "affectedSitesRecipient affectedSitesSender contentChangedAt effect expectedEndDateOfEffect "
     "leadingRootCause materialGlobalAssetId materialNumberCustomer materialNumberSupplier "
     "relatedSourceMessageId startDateOfEffect status text"},
    {"DemandAndCapacityNotification", "3.0.0",
     "affectedSitesRecipient affectedSitesSender contentChangedAt effect expectedEndDateOfEffect "
     "leadingRootCause materialsAffected notificationId relatedNotificationIds "
     "resolvingMeasureDescription sourceDisruptionId startDateOfEffect status text"},
    {"DiagnosticData", "1.0.0", "diagnosticSessions"},
    {"DiagnosticData", "3.0.0", "diagnosticSessions metaInformation"},
    {"DigitalEngineeringMasterData", "1.0.0",
     "basicdata complianceData digitalMasterDataID engineering"},
    {"DigitalProductPassport", "3.0.0",
     "additionalData characteristics commercial handling identification metadata operation "
     "sources sustainability typology"},
    {"DigitalProductPassport", "4.0.0, 6.0.0, 6.1.0",
     "additionalData characteristics commercial handling identification materials metadata "
     "operation sources sustainability"},
    {"DigitalProductPassport", "7.0.0",
     "additionalData characteristics commercial compliances composition handling identification "
     "metadata operation sources sustainability"},
    {"EarlyWarningNotification", "1.0.0",
     "earlyWarningAttachmentLink information listOfAffectedItems notificationId "
     "poulationFilterList relatedQualityTaskID severity status"},
    {"EssIncident", "2.0.0",
     "essIncidentIssuerAddress essIncidentIssuerCountrySubdivision essIncidentIssuerEmailAddress "
     "essIncidentIssuerFirstName essIncidentIssuerId essIncidentIssuerLastName "
     "essIncidentIssuerPhoneNo essOriginatorAddress essOriginatorBpnA essOriginatorBpnL "
     "essOriginatorBpnS essOriginatorCompanyName essOriginatorCoordinates "
     "essOriginatorCountrySubdivision flagAnonymous incidentAttachment incidentCategory "
     "incidentDate incidentDescription incidentDisplayId incidentExternalNotes "
     "incidentExternalSubject incidentId incidentShareFlag incidentStatusInformation "
     "incidentSubcategory incidentSubject incidentSystemId industry masterOpCoId partNumber "
     "productCommodity productDescription rawMaterial subCaseOpCoIds systemDate"},
    {"EssIncident", "3.0.0",
     "essIncidentIssuerAddress essIncidentIssuerCountrySubdivision essIncidentIssuerEmailAddress "
     "essIncidentIssuerFirstName essIncidentIssuerId essIncidentIssuerLastName "
     "essIncidentIssuerPhoneNo essOriginatorAddress essOriginatorBpnA essOriginatorBpnL "
     "essOriginatorBpnS essOriginatorCompanyName essOriginatorCoordinates "
     "essOriginatorCountrySubdivision flagAnonymous incidentAttachment incidentCategory "
     "incidentDate incidentDescription incidentDisplayId incidentExternalNotes "
     "incidentExternalSubject incidentId incidentShareFlag incidentStatusInformation "
     "incidentSubcategory incidentSubject incidentSystemId industry masterOpCoId "
     "productCommodity productDescription rawMaterial subCaseOpCoIds systemDate"},
    {"FailurePattern", "1.0.0", "failurePatternDefinition"},
    {"GetProductionForecast or GetProductionTracking", "", "header request"},
    {"IdBasedComment", "1.0.0",
     "author changedAt commentId commentText commentType customer listOfReferenceDates objectId "
     "objectType postedAt requestDelete supplier"},
    {"IdBasedRequestForUpdate", "1.0.0, 3.0.0", "weekBasedCapacityGroup weekBasedMaterialDemand"},
    {"IdBasedRequestForUpdate", "2.0.0", "materialDemand weekBasedCapacityGroup"},
    {"IndividualAssetDefinition", "1.0.0, 2.0.0",
     "assetOwnerId assetSerialNumber assetType catenaXId physicalDimensionsProperty"},
    {"IotSensorData", "1.0.0",
     "acceleration analogSensor batteryLevel binarySensor catenaXId errorCode fillingLevel "
     "geoData humidity light pressure soundSensor temperature timestampSensoric "
     "transmissionMethod weight"},
    {"IotSensorDeviceDefinition", "1.0.0, 2.0.0",
     "catenaXId manufacturer ownerID serialNumber type"},
    {"ItemStock", "1.0.0",
     "direction materialGlobalAssetId materialNumberCustomer materialNumberSupplier positions"},
    {"MandatoryDismantling", "1.0.0",
     "bpnDismantler catenaXId depollutionRecord depollutionRequirement digitallyCodedComponent "
     "mandatoryRemoval substanceOfConcern van"},
    {"ManufacturedPartsQualityInformation", "1.0.0", "listOfManufacturedParts"},
    {"ManufacturedPartsQualityInformation", "2.0.0", "listOfManufacturedParts metaInformation"},
    {"ManufacturedPartsQualityInformation", "3.0.0", "manufacturedParts metaInformation"},
    {"ManufacturingCapability", "1.0.0, 2.0.0",
     "capabilityConstraintSet capabilitySet processSet productSet resourceSet"},
    {"ManufacturingCapability", "3.1.0",
     "capabilities certificates machineTools machines processes products"},
    {"MarketplaceOffer", "1.2.0",
     "attachment availabilityDate bundleOffer burned certificate condition corroded discolored "
     "dismantled image incoterms marketplaceProduct mechanicalDamage mileage missingParts "
     "pickupLocation price quantity sku status unitOfMeasure"},
    {"MarketplaceOffer", "2.0.0",
     "areaOfUsage attachment availabilityDate bundleOffer burned condition corroded date "
     "diameter discolored dismantled errorCodes height image incoterms length marketplaceProduct "
     "mechanicalDamage mileage missingParts partMarking pickupLocation price quantity "
     "serialNumber sku taxPercentage vehicleDescription weight width"},
    {"MaterialDemand", "1.0.0",
     "changedAt customer demandRate demandSeries materialDemandId materialDescriptionCustomer "
     "materialGlobalAssetId materialNumberCustomer materialNumberSupplier supplier unitOfMeasure "
     "unitOfMeasureIsOmitted"},
    {"MaterialFlowScenarioRequestAspect", "2.0.0", "materialFlowScenarioRequest"},
    {"MaterialFlowSimulationResult", "1.0.0",
     "comment dataQuality description expirationTimestamp owner runId shipments timestamp"},
    {"MaterialFlowSimulationResultAspect", "3.0.0", "materialFlowSimulationResult"},
    {"MaterialForHomologation", "1.0.0, 2.0.0", "materialForHomologation"},
    {"MaterialRecyclingCertificate, RefurbishingCertificate, RemanufacturingCertificate, "
     "ReuseCertificate or WasteCertificate",
     "", "certificate"},
    {"MessageHeaderAspect", "1.0.0, 2.0.0, 3.0.0", "header"},
    {"PartAsPlanned or PartTypeInformation", "",
     "catenaXId partSitesInformationAsPlanned partTypeInformation"},
    {"PartAsSpecified", "1.0.1", "partTypeInformation validityPeriod"},
    {"PartAsSpecified", "2.0.0, 3.0.0", "catenaXId partTypeInformation validityPeriod"},
    {"PartSiteInformationAsBuilt", "1.0.0, 2.0.0", "catenaXId sites"},
    {"PartTypeInformation", "2.0.0",
     "globalAssetId partSitesInformationAsPlanned partTypeInformation"},
    {"PartsAnalyses", "3.0.0", "listOfPartAnalyses metaInformation"},
    {"PartsAnalyses", "4.0.0", "metaInformation partsAnalyses"},
    {"Pcf", "3.0.0",
     "comment companyIds companyName created id pcf productCategoryCpc productDescription "
     "productIds productNameCompany specVersion updated version"},
    {"Pcf", "4.0.0, 5.0.0, 6.0.0",
     "comment companyIds companyName created extWBCSD_pfStatus extWBCSD_productCodeCpc id "
     "partialFullPcf pcf pcfLegalStatement precedingPfIds productDescription productIds "
     "productName specVersion validityPeriodEnd validityPeriodStart version"},
    {"Pcf", "8.0.0",
     "attestationOfConformance ccsTechnologicalCO2CaptureIncluded comment companyIds companyName "
     "created id partialFullPcf pcf pcfLegalStatement precedingPfIds productClassifications "
     "productDescription productIds productNameCompany retroOrProspectivePcfType specVersion "
     "status validityPeriodEnd validityPeriodStart version"},
    {"Pcf", "9.0.0",
     "attestationOfConformance carbonContent companyAndProductInformation general "
     "pcfAssessmentAndMethodology productLifeCycleStagesAndEmissions scopeOfPcfForm"},
    {"PhysicalDimensions", "1.0.0, 2.0.0, 3.0.0", "physicalDimensionsProperty"},
    {"PlannedProductionOutput", "1.0.0",
     "materialGlobalAssetId materialNumberCustomer materialNumberSupplier positions"},
    {"ProductDescription", "2.0.0", "body engines equipments fuel oem production sale vehicle"},
    {"ProductDescription", "3.0.0", "vehicle"},
    {"ProvideProductionForecast", "2.0.0", "header productionForecastResponse"},
    {"ProvideProductionTracking", "1.0.0", "header response"},
    {"QualityTask", "1.0.0",
     "component creationDate dataDeletion description listOfCompanies qualityTaskId status "
     "title"},
    {"QualityTask", "2.0.0", "listOfQualityTasks metaInformation"},
    {"QualityTask", "3.0.0", "metaInformation qualityTasks"},
    {"QualityTaskAttachment", "2.0.0", "files qualityTaskId relatedModelType"},
    {"QualityTaskAttachment", "3.0.0", "files qualityTaskAttachmentId qualityTaskId"},
    {"Quantity", "1.0.0, 2.0.0",
     "areaProperty countProperty itemQuantityProperty linearProperty massProperty miscProperty "
     "timeProperty volumeProperty"},
    {"RecyclingBatch", "1.0.0",
     "childProcessSteps container globalAssetId operator processInformation receiver "
     "recyclingBatchId sender"},
    {"RecyclingInformation", "1.0.0",
     "globalAssetId materialSourceShares origin otherInformation postConsumerShares "
     "preConsumerShares reutilizationMaterialShare"},
    {"RecyclingStrategyCertificate", "2.0.0, 3.0.0", "recyclingStrategyCertificateProperty"},
    {"RefurbishingCertificate, RemanufacturingCertificate, RepairCertificate or ReuseCertificate",
     "", "certificate partInstanceId"},
    {"RemainingUsefulLife", "1.0.0",
     "determinationLoaddataSource determinationStatus remainingOperatingHours "
     "remainingRunningDistance"},
    {"Report8D", "1.0.0", "header stepD0 stepD1 stepD2 stepD3 stepD4 stepD5 stepD6 stepD7 stepD8"},
    {"RequestForQuotation", "3.0.0", "cxHeader rfqConfiguration rfqIdentification rfqSender"},
    {"ReturnRequest", "1.1.1",
     "isRecall latestReturnDate marketplaceProduct needsReturn priceRange productConditions "
     "quantity requestDate returnConditions title unitOfMeasure validityPeriod"},
    {"ReturnRequest", "2.0.0",
     "areaOfUsage arrivalDateAtCustomer date deliveryAddress identification isRecall "
     "latestReturnDate marketplaceProduct nameAtCustomer needsReturn partClassification "
     "productConditions quantity requestDate returnConditions validityPeriod"},
    {"Sbom", "1.0.0", "sbom status supplier"},
    {"SealantPass", "1.0.0",
     "application carbonFootprint documents hazardsIdentification performanceProperties "
     "productComposition productDisposal productIdentification productProperties "
     "regulatoryInformation safetyMeasure supplier transportInformation"},
    {"SecondaryMaterialContent, SecondaryMaterialContentCalculated or "
     "SecondaryMaterialContentVerifiable",
     "", "orderNumber secondaryMaterialContent"},
    {"ShopfloorInformationTypes", "2.0.0", "communicationMode timeValue"},
    {"ShortTermMaterialDemand", "1.0.0", "demandSeries materialGlobalAssetId"},
    {"SingleLevelBomAsBuilt or SingleLevelBomAsPlanned", "", "childItems globalAssetId"},
    {"SingleLevelBomAsSpecified", "2.0.0, 2.0.1", "assetId childItems manufacturerId"},
    {"SingleLevelSceneNode", "1.0.0",
     "boundingVolume catenaXId childItems localTransform modelItems"},
    {"SingleLevelUsageAsBuilt or SingleLevelUsageAsPlanned", "", "catenaXId customers parentItems"},
    {"SingleLevelUsageAsBuilt or SingleLevelUsageAsPlanned", "",
     "customers globalAssetId parentItems"},
    {"SpecialCharacteristicMeasurement or SpecialCharacteristicsMeasurement", "",
     "characteristicId customerPartId localIdentifiers manufacturerId measurementType results "
     "revisionIndex"},
    {"TechnicalInformation", "1.0.0", "technicalInformationBinary technicalInformationLink"},
    {"TractionBatteryCode", "1.0.0, 2.0.0", "productType subcomponents tractionBatteryCode"},
    {"TransmissionPass", "1.0.0",
     "generalInformation identification instructions productSpecificParameters sparePartSupplier "
     "stateOfHealth sustainability"},
    {"TransmissionPass", "3.1.0", "generic specVersion specific"},
    {"UsTariffInformation", "2.0.0",
     "customsClassification globalAssetId materialList partOriginCountry partValue partWeight "
     "referenceNumber"},
    {"UserEstimatedLoading", "1.0.0, 2.0.0", "future history vehicleData vehicleStatus"},
    {"Uuid", "1.0.0, 2.0.0", "uuidV4Property"},
    {"Vehicles", "1.0.0", "listOfVehicles"},
    {"Vehicles", "3.0.0, 4.0.0", "metaInformation vehicles"},
    {"WarrantyClaimRequestVerification", "1.0.0",
     "agreedTechnicalFactor anonymizedVIN billedCurrency billingDate billingId billingStatus "
     "bpnlProperty claimId claimImplausible claimPlausible debitValueJustified qualityTaskId "
     "statementDate statementReason vehicleId"},
    {"Waste", "1.0.0",
     "currentMarketPrice formFactor identification materialProperties packagingType "
     "riskPotential wasteDisposalDate"},
    {"WasteCode", "1.0.0", "globalAssetId wasteCode"},
    {"WeekBasedCapacityGroup", "1.0.1",
     "capacities capacityGroupId changedAt customer linkedDemandSeries name supplier "
     "supplierLocations unitOfMeasure"},
    {"WeekBasedCapacityGroup", "2.0.0",
     "capacities capacityGroupId changedAt customer linkedCapacityGroups linkedDemandSeries name "
     "supplier supplierLocations unitOfMeasure unitOfMeasureIsOmitted"},
    {"WeekBasedMaterialDemand", "1.0.0, 1.0.1, 2.0.0",
     "changedAt customer demandSeries materialDemandId materialDescriptionCustomer "
     "materialNumberCustomer materialNumberSupplier supplier unitOfMeasure"},
    {"WeekBasedMaterialDemand", "3.0.0, 3.0.1",
     "changedAt customer demandSeries materialDemandId materialDemandIsInactive "
     "materialDescriptionCustomer materialGlobalAssetId materialNumberCustomer "
     "materialNumberSupplier supplier unitOfMeasure unitOfMeasureIsOmitted"},
};

}  // namespace

std::span<const AspectShape> aspect_shapes() {
  return kShapes;
}

}  // namespace connector::record

"""What the files of others must be read as, by their paths in the shared data. Texts only, as they stand there."""

ORDERS = {
    "examples/Advanced Ordering scenarios/advanced_ordering_sc1/Order_sc1.xml": (
        [
            (
                "Order-1",
                "new",
                "2022-02-01",
                "2022-03-01",
                "EUR",
                ("City Hospital 345433", "5541277710"),
                ("Hospital Tourist Department", "11120", "Stockholm", "SE"),
                ("700", "140", "840"),
                "",
                ["1 10 NAR 40/1 ", "2 50 NAR 6/1 "],
            )
        ],
        [],
    ),
    "examples/Order use cases/UC1_Order.xml": (
        [
            (
                "1",
                "new",
                "2013-07-01",
                "2013-07-16",
                "EUR",
                ("City Hospital 345433", "7300010000001"),
                ("Hospital Tourist Department", "11120", "Stockholm", "SE"),
                ("115", "28.75", "143.75"),
                "",
                [
                    "1 10 NAR 4/1 SN-33|05704066204093",
                    "2 5 NAR 6/1 SN-34|08722700575887",
                    "3 15 NAR 3/1 SN-35|08722700577584",
                ],
            )
        ],
        [],
    ),
    "examples/Order use cases/UC2_Order.xml": (
        [
            (
                "1",
                "new",
                "2013-07-01",
                "2013-07-16",
                "EUR",
                ("City Hospital 345433", "7300010000001"),
                ("Hospital Tourist Department", "11120", "Stockholm", "SE"),
                ("700", "175", "875"),
                "",
                ["1 10 NAR 40/1 ", "2 50 NAR 6/1 "],
            )
        ],
        [],
    ),
    "examples/Order use cases/UC3_Order.xml": (
        [
            (
                "5",
                "new",
                "2013-07-01",
                "2013-07-16",
                "EUR",
                ("City Hospital 345433", "7300010000001"),
                ("Hospital Tourist Department", "11120", "Oslo", "NO"),
                ("400", "0", "400"),
                "",
                ["1 1 DAY 400/1 "],
            )
        ],
        [],
    ),
    "examples/Order use cases/UC4_Order.xml": (
        [
            (
                "5",
                "new",
                "2013-07-01",
                "2013-07-16",
                "EUR",
                ("City Hospital 345433", "7300010000001"),
                ("Hospital Stock management", "11120", "Stockholm", "SE"),
                ("50", "5", "55"),
                "DAP",
                ["1 50 NAR 1/1 SN-33|09876543211234"],
            )
        ],
        [],
    ),
    "examples/Order use cases/UC5_Order.xml": (
        [
            (
                "5",
                "new",
                "2019-09-30",
                "2019-10-16",
                "SEK",
                ("Region West", "5541277710"),
                ("Southern Hospital", "40355", "Borås", "SE"),
                ("115", "28.75", "143.75"),
                "",
                ["1 10 EA 4/1 11111", "2 5 EA 6/1 111125", "3 15 EA 3/1 11135"],
            )
        ],
        [],
    ),
    "examples/Order use cases/UC6_Order.xml": (
        [
            (
                "1",
                "new",
                "2024-08-28",
                None,
                "EUR",
                ("City Hospital 345433", "7300010000001"),
                ("", "", "", ""),
                ("400", "100", "500"),
                "",
                ["1 10 NAR 40/1 05704066204093"],
            )
        ],
        [],
    ),
    "examples/Order_Example.xml": (
        [
            (
                "34",
                "new",
                "2018-09-01",
                "2012-10-20",
                "NOK",
                ("Helseforetak AS", "7300010000001"),
                ("Helseavdeling", "1473", "Lørenskog", "NO"),
                ("6272.5", "100", "6363"),
                "FOB",
                ["1 120 EA 50/1 121212|7560000012345|123456", "2 15 EA 15/1 SItemNo011"],
            )
        ],
        [],
    ),
    "snippets/order/snippet-01.xml": (
        [
            (
                "1",
                "new",
                "2013-07-01",
                "2013-07-16",
                "EUR",
                ("City Hospital 345433", "5541277710"),
                ("Hospital Tourist Department", "11120", "Stockholm", "SE"),
                ("1355", "268.75", "1623.75"),
                "",
                [
                    "1 10 NAR 40/1 SN-33|05704066204093",
                    "2 120 LTR 6/1 SN-34|08722700575887",
                    "3 15 NAR 30/2 SN-35|08722700577584",
                ],
            )
        ],
        [],
    ),
    "snippets/order/snippet-02.xml": (
        [
            (
                "1",
                "new",
                "2013-07-01",
                "2013-07-16",
                "EUR",
                ("City Hospital 345433", "5541277710"),
                ("Hospital Tourist Department", "11120", "Stockholm", "SE"),
                ("800", "85.63", "751"),
                "",
                ["1 10 NAR 40/1 ", "2 50 NAR 6/1 "],
            )
        ],
        [],
    ),
    "snippets/order/snippet-advanced.xml": (
        [
            (
                "1",
                "new",
                "2022-02-01",
                "2022-03-01",
                "EUR",
                ("City Hospital 345433", "5541277710"),
                ("Hospital Tourist Department", "11120", "Stockholm", "SE"),
                ("800", "85.63", "751"),
                "",
                ["1 10 NAR 40/1 ", "2 50 NAR 6/1 "],
            )
        ],
        [],
    ),
    "indice-co__EDI.Net/test/indice.Edi.Tests/Samples/x12.850.edi": (
        [
            (
                "1000012",
                "new",
                "2009-08-27",
                None,
                "",
                ("", ""),
                ("John Doe", "11788-1234", "Hauppauge", "US"),
                (None, None, None),
                "",
                ["1 1 EA 19.95/1 0054321"],
            )
        ],
        [],
    ),
    "indice-co__EDI.Net/test/indice.Edi.Tests/Samples/x12.850.issue135.edi": (
        [
            (
                "740151",
                "replacement",
                "2019-11-01",
                None,
                "USD",
                ("", ""),
                ("", "", "", ""),
                (None, None, None),
                "",
                [
                    "10 13200 FTK None/1 F07EXPLBA1818",
                    "20 13892 FTK None/1 F07EXPLLO1224",
                    "30 13892 FTK None/1 F07EXPLLO1224",
                    "40 13892 FTK None/1 F07EXPLLO1224",
                    "50 13892 FTK None/1 F07EXPLMI1224",
                    "110 13430 FTK None/1 F19POCOSM0624P14",
                    "60 13892 FTK None/1 F07EXPLMI1224",
                    "70 13430 FTK None/1 F19POCOSM0624P14",
                    "80 13430 FTK None/1 F19POCOSM0624P14",
                    "90 13430 FTK None/1 F19POCOSM0624P14",
                    "100 13430 FTK None/1 F19POCOSM0624P14",
                ],
            )
        ],
        ["850 0001 (segment 3) DTM (segment 23): a line break stands within the segment, so what ends it is missing."],
    ),
    "indice-co__EDI.Net/test/indice.Edi.Tests/Samples/x12.850a.edi": (
        [
            (
                "4600000406",
                "new",
                "2014-07-24",
                None,
                "USD",
                ("", "1500"),
                ("Transplace Laredo", "78045", "Laredo", "US"),
                (None, None, None),
                "EXW",
                [
                    "000100001 2500 YRD 2.53/1 SINGLE LINE DIAMOND PATTERN|A_QU001-BLK",
                    "000200001 2000 YRD 3.41/1 SINGLE LINE DIAMOND PATTERN|A_QF001-BLK",
                    "000200002 1000 YRD 3.41/1 SINGLE LINE DIAMOND PATTERN|A_QF001-RED",
                ],
            )
        ],
        [],
    ),
    "nick-manasys__edi-parser/systests/src/test/resources/x12/004010/sample850s/850EDIInput.txt.edi": (
        [
            (
                "0066661",
                "new",
                "2008-06-04",
                "2008-06-17",
                "",
                ("", "0069271808261"),
                ("", "", "", ""),
                ("2360.98", None, None),
                "",
                [
                    "1 53 XCS 16.5/1 076711931169|76711931169|6826093",
                    "2 91 XCS 16.5/1 076711951169|76711951169|6814925",
                ],
            )
        ],
        [],
    ),
    "nick-manasys__edi-parser/systests/src/test/resources/x12/004010/sample850s/850EDIInput_Modified.edi": (
        [
            (
                "0066661",
                "new",
                "2008-06-04",
                "2008-06-17",
                "",
                ("", "0069271808261"),
                ("", "", "", ""),
                ("2360.98", None, None),
                "",
                [
                    "1 53 XCS 16.5/1 076711931169|76711931169|6826093",
                    "2 91 XCS 16.5/1 076711951169|76711951169|6814925",
                ],
            )
        ],
        [],
    ),
    "nick-manasys__edi-parser/systests/src/test/resources/x12/004010/sample850s/850_9177_1.edi": (
        [
            (
                "14106577",
                "new",
                "2009-07-20",
                None,
                "",
                ("", ""),
                ("Store #6 - Campbell", "", "", ""),
                (None, None, None),
                "",
                [
                    "1 36 EA 4.5/1 R80JS52-RD50|846122035106|5832073",
                    "2 12 EA 6.5/1 DRD-4716-RD50ECOM2|846122030729|5832113",
                    "3 10 EA 16.25/1 DRD+858-RDIWN-CB25|846122034833|5832163",
                    "4 5 EA 7.5/1 DRD+4716-RDCB50|846122013661|5837833",
                    "5 30 EA 15/1 DRD-4716-RDCB100|846122014392|5832133",
                ],
            )
        ],
        [],
    ),
    "nick-manasys__edi-parser/systests/src/test/resources/x12/004010/sample850s/Academy_850_1.edi": (
        [
            (
                "0000044605C-AR",
                "new",
                "2007-05-01",
                "2007-05-04",
                "",
                ("", ""),
                ("ACADEMY LTD.", "77449", "KATY", ""),
                (None, None, None),
                "",
                [
                    "1 48 EA 0.6/1 SR13|047559180135|0217-00580-0013-000-0000",
                    "2 156 EA 1.4/1 160D-50|047559165507|0217-00580-0160-000-0000",
                    "3 108 EA 1.4/1 16BK-50|047559162506|0217-00580-0161-000-0000",
                    "4 24 EA 10.79/1 125|047559001256|0241-00580-0125-000-0000",
                    "5 24 EA 1.25/1 44-M|047559000440|0242-00580-0044-000-0000",
                    "6 36 EA 5/1 46-M|047559000464|0242-00580-0046-000-0000",
                    "7 48 EA 2.75/1 52-M|047559000525|0242-00580-0052-000-0000",
                    "8 48 EA 2.9/1 53-M|047559000532|0242-00580-0053-000-0000",
                    "9 48 EA 3/1 54-M|047559000549|0242-00580-0054-000-0000",
                    "10 48 EA 4.25/1 58-M|047559000587|0242-00580-0058-000-0000",
                    "11 72 EA 4.5/1 59-M|047559000594|0242-00580-0059-000-0000",
                    "12 100 EA 1.15/1 210|047559002109|0242-00580-0210-000-0000",
                    "13 50 EA 1.39/1 215|047559002154|0242-00580-0215-000-0000",
                    "14 216 EA 1.65/1 220|047559002208|0242-00580-0220-000-0000",
                    "15 84 EA 2.7/1 55M|047559000556|0242-00580-0556-000-0000",
                    "16 84 EA 4.5/1 5051-M|047559050513|0242-00580-5051-000-0000",
                ],
            )
        ],
        [],
    ),
    "nick-manasys__edi-parser/systests/src/test/resources/x12/004010/sample850s/OfficeMax_850.edi": (
        [
            (
                "2069107513",
                "new",
                "2008-09-08",
                "2008-09-15",
                "",
                ("", ""),
                ("", "", "", ""),
                (None, None, None),
                "",
                ["1 54 EA 6.3/1 35223|00056035352232", "2 8 EA 18/1 34697|00056035346972"],
            ),
            (
                "2069118312",
                "new",
                "2008-09-08",
                "2008-09-15",
                "",
                ("", ""),
                ("", "", "", ""),
                (None, None, None),
                "",
                ["1 72 EA 7.65/1 35213|00056035352133", "2 108 EA 13.5/1 3458010|00056035345807"],
            ),
            (
                "2069122021",
                "new",
                "2008-09-08",
                "2008-09-15",
                "",
                ("", ""),
                ("", "", "", ""),
                (None, None, None),
                "",
                ["1 72 EA 7.65/1 35213|00056035352133", "2 72 EA 7.65/1 35215|00056035352157"],
            ),
        ],
        [],
    ),
    "nick-manasys__edi-parser/systests/src/test/resources/x12/004010/sample850s/Overtea-850.4010.edi": (
        [
            (
                "3070534",
                "new",
                "2007-01-29",
                "2007-02-17",
                "CAD",
                ("OVERWAITEA FOOD GROUP", "2016289480000"),
                ("OVERWAITEA FOOD GROUP", "V4W3Z2", "LANGLEY", ""),
                (None, None, None),
                "",
                [
                    "1 144 XCS 16.09/1 24776|00062639247768|0109967",
                    "2 500 XCS 10.8/1 56200|00012345562001|1730078",
                    "3 200 XCS 12/1 81330|00012345561002|1730082",
                    "4 150 XCS 12/1 81331|00012345576009|1730086",
                    "5 200 XCS 12/1 81332|00012345576009|1730090",
                ],
            )
        ],
        [],
    ),
    "nick-manasys__edi-parser/systests/src/test/resources/x12/004010/sample850s/edi_850_generic_test.edi": (
        [
            (
                "72185",
                "new",
                "2007-01-31",
                None,
                "USD",
                ("ABC COMPANY", ""),
                ("ABC COMPANY", "29678", "Cityname", ""),
                ("2703.6", None, None),
                "",
                ["01001 1 EA 521.77/1 31158-104-56|FLEX58KD12N4", "01002 1 EA 421.55/1 31158-120-60|FLEX58KD14N6"],
            )
        ],
        [],
    ),
    "xlate__staedi/src/test/resources/x12/invoice810_po850_dual.edi": (
        [
            (
                "S115921858",
                "new",
                "2004-03-17",
                None,
                "",
                ("SHIPPING GROUP, INC.", "999999999"),
                ("CARGO LIMITED #112", "83308", "SAN PEDRO", ""),
                (None, None, None),
                "",
                ["1 150 EA None/1 02006", "2 50 EA None/1 02008", "3 25 EA None/1 01019", "4 25 EA None/1 01220"],
            )
        ],
        [],
    ),
}

DESPATCHES = {
    "examples/Despatch Advice use cases/DespatchAdvice-BIS3_UseCase1.xml": [
        (
            "1234",
            "2019-03-15",
            "2019-03-13",
            "2019-03-16",
            "4321",
            ("Köparen", "Kstaden"),
            "CarrierPart",
            "",
            "10",
            ["1 10 EA 4321:1 010120401|7611104117056", "2 10 EA 4321:2 010140403|7622204117051"],
        )
    ],
    "examples/Despatch Advice use cases/DespatchAdvice-BIS3_UseCase2.xml": [
        (
            "1236",
            "2013-03-15",
            "2013-03-13",
            "2013-03-16",
            "4321",
            ("Köparen", "Kstaden"),
            "CarrierPart",
            "",
            "23",
            [
                "1 10 EA 4321:1 010120401|7611104117056",
                "2 6 EA 4321:2 010120409|7611104117054",
                "3 6 EA 4321:3 010120405|7611104117052",
                "4 6 EA 4321:4 010120407|7611104117055",
                "5 12 EA 4321:5 010120408|7611104117051",
            ],
        )
    ],
    "examples/Despatch Advice use cases/DespatchAdvice-BIS3_UseCase3.xml": [
        (
            "1238",
            "2019-03-15",
            "2019-03-13",
            "2019-03-16",
            "4321",
            ("Köparen", "Kstaden"),
            "Swift and Sure Freight Co Ltd",
            "",
            "23",
            [
                "1 10 EA 4321:1 05702938473625",
                "2 23 EA 4321:2 7611104117051",
                "3 500 EA 4321:3 08886765117054",
                "4 12 EA 4321:4 057098987656543",
            ],
        )
    ],
    "examples/Despatch Advice use cases/DespatchAdvice-BIS3_UseCase4.xml": [
        (
            "1234",
            "2019-03-15",
            None,
            "2019-03-15",
            "4321",
            ("Köparen", "Kstaden"),
            "",
            "",
            "15",
            [
                "1 4.25 KGM 4321:1 07311104114566",
                "2 5.97 KGM 4321:2 07311100000030",
                "3 8 EA 4321:3 87774744",
                "4 3 EA 4321:5 010120789",
            ],
        )
    ],
    "examples/Despatch Advice use cases/DespatchAdvice-BIS3_UseCase5.xml": [
        (
            "1234",
            "2019-03-15",
            None,
            "2019-03-16",
            "4321",
            ("Köparen", "Kstaden"),
            "Danske post",
            "1178298510DK",
            "20",
            [
                "1 23 EA 4321:1 07311100000047",
                "2 6 EA 4321:2 010120402",
                "3A 3 KGM 4321:3 010120403",
                "3B 0.975 KGM 4321:3 010120403",
                "4 3 EA 4321:5 7611104117059",
            ],
        )
    ],
    "examples/DespatchAdvice_Example.xml": [
        (
            "565899",
            "2018-09-20",
            "2018-09-25",
            "2018-09-27",
            "AEG012345",
            ("IYT Corporation", "Bridgtow"),
            "Name",
            "456789",
            None,
            ["1 10 C62 AEG012345:1 17589683|1234567891234|6578489"],
        )
    ],
}

REFUSED = {
    "indice-co__EDI.Net/test/indice.Edi.Tests/Samples/x12.810.mandatory-conditions.edi": (
        "850 0001 (segment 3) SE (segment 8): SE says 50 segments of 0001, and there are 6 of 0001."
    ),
    "indice-co__EDI.Net/test/indice.Edi.Tests/Samples/x12.Issue101.edi": (
        "850 0012 (segment 3) SE (segment 7): SE says 50 segments of 0012, and there are 5 of 0012."
    ),
    "indice-co__EDI.Net/test/indice.Edi.Tests/Samples/x12.Issue172.edi": (
        "850 0001 (segment 3) SE (segment 12): SE says 50 segments of 0001, and there are 10 of 0001."
    ),
    "indice-co__EDI.Net/test/indice.Edi.Tests/Samples/x12.Issue91.edi": (
        "850 0001 (segment 3) SE (segment 9): SE says 50 segments of 0001, and there are 7 of 0001."
    ),
    "indice-co__EDI.Net/test/indice.Edi.Tests/Samples/x12.810a.edi": (
        "segment 1: The X12 holds no transaction set 850."
    ),
    "xlate__staedi/src/test/resources/x12/simple810.edi": "segment 1: The X12 holds no transaction set 850.",
    "nick-manasys__edi-parser/parser/src/test/resources/edi/cdw850sample.edi": (
        "850 0176 (segment 3): It has no BEG, so neither a number nor a day."
    ),
    "nick-manasys__edi-parser/parser/src/test/resources/edi/edifact-orders.edi": (
        "line 1: This is neither an Order in UBL nor a purchase order in X12 (850)."
    ),
    "nick-manasys__edi-parser/systests/src/test/resources/x12/005010/bad-input/850-badbiztalk.edi": (
        "850 0004 (segment 3) BEG (segment 4): 0123-01-23 lies outside the years 1970 to 2199."
    ),
}

-- How many decimal places a currency is paid in (ISO 4217); NULL for what is no currency. A test holds it equal to
-- o2c.core.money.minor_unit.
CREATE FUNCTION core_minor_unit(currency text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN currency IN (
            'ADP', 'ALK', 'AOK', 'AON', 'AOR', 'BAN', 'BEC', 'BEL', 'BGM', 'BGO', 'BIF', 'BOL',
            'BUK', 'BYR', 'CLE', 'CLP', 'CSK', 'DDM', 'DJF', 'ECS', 'ESA', 'ESB', 'ESP', 'GEK',
            'GNF', 'GNS', 'GQE', 'GWE', 'ISK', 'ITL', 'JPY', 'KMF', 'KRH', 'KRO', 'KRW', 'LUC',
            'LUL', 'MDC', 'MGF', 'MKN', 'MLF', 'MTP', 'MVP', 'MXP', 'PEI', 'PTE', 'PYG', 'ROL',
            'RWF', 'SDP', 'SUR', 'TJR', 'TPE', 'TRL', 'UGS', 'UGX', 'UYI', 'VND', 'VNN', 'VUV',
            'XAF', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XEU', 'XFO', 'XFU', 'XOF',
            'XPD', 'XPF', 'XPT', 'XRE', 'XSU', 'XTS', 'XUA', 'XXX', 'YDD'
        ) THEN 0::smallint
        WHEN currency IN (
            'AED', 'AFA', 'AFN', 'ALL', 'AMD', 'ANG', 'AOA', 'ARA', 'ARL', 'ARM', 'ARP', 'ARS',
            'ATS', 'AUD', 'AWG', 'AZM', 'AZN', 'BAD', 'BAM', 'BBD', 'BDT', 'BEF', 'BGL', 'BGN',
            'BMD', 'BND', 'BOB', 'BOP', 'BOV', 'BRB', 'BRC', 'BRE', 'BRL', 'BRN', 'BRR', 'BRZ',
            'BSD', 'BTN', 'BWP', 'BYB', 'BYN', 'BZD', 'CAD', 'CDF', 'CHE', 'CHF', 'CHW', 'CNH',
            'CNX', 'CNY', 'COP', 'COU', 'CRC', 'CSD', 'CUC', 'CUP', 'CVE', 'CYP', 'CZK', 'DEM',
            'DKK', 'DOP', 'DZD', 'ECV', 'EEK', 'EGP', 'ERN', 'ETB', 'EUR', 'FIM', 'FJD', 'FKP',
            'FRF', 'GBP', 'GEL', 'GHC', 'GHS', 'GIP', 'GMD', 'GRD', 'GTQ', 'GWP', 'GYD', 'HKD',
            'HNL', 'HRD', 'HRK', 'HTG', 'HUF', 'IDR', 'IEP', 'ILP', 'ILR', 'ILS', 'IMP', 'INR',
            'IRR', 'ISJ', 'JMD', 'KES', 'KGS', 'KHR', 'KPW', 'KYD', 'KZT', 'LAK', 'LBP', 'LKR',
            'LRD', 'LSL', 'LTL', 'LTT', 'LUF', 'LVL', 'LVR', 'MAD', 'MAF', 'MCF', 'MDL', 'MGA',
            'MKD', 'MMK', 'MNT', 'MOP', 'MRO', 'MRU', 'MTL', 'MUR', 'MVR', 'MWK', 'MXN', 'MXV',
            'MYR', 'MZE', 'MZM', 'MZN', 'NAD', 'NGN', 'NIC', 'NIO', 'NLG', 'NOK', 'NPR', 'NZD',
            'PAB', 'PEN', 'PES', 'PGK', 'PHP', 'PKR', 'PLN', 'PLZ', 'QAR', 'RHD', 'RON', 'RSD',
            'RUB', 'RUR', 'SAR', 'SBD', 'SCR', 'SDD', 'SDG', 'SEK', 'SGD', 'SHP', 'SIT', 'SKK',
            'SLE', 'SLL', 'SOS', 'SRD', 'SRG', 'SSP', 'STD', 'STN', 'SVC', 'SYP', 'SZL', 'THB',
            'TJS', 'TMM', 'TMT', 'TOP', 'TRY', 'TTD', 'TVD', 'TWD', 'TZS', 'UAH', 'UAK', 'USD',
            'USN', 'USS', 'UYP', 'UYU', 'UZS', 'VEB', 'VED', 'VEF', 'VES', 'WST', 'XCD', 'YER',
            'YUD', 'YUM', 'YUN', 'YUR', 'ZAL', 'ZAR', 'ZMK', 'ZMW', 'ZRN', 'ZRZ', 'ZWD', 'ZWL',
            'ZWN', 'ZWR'
        ) THEN 2::smallint
        WHEN currency IN (
            'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'
        ) THEN 3::smallint
        WHEN currency IN (
            'CLF', 'UYW'
        ) THEN 4::smallint
    END
$$;
-- reverse
DROP FUNCTION core_minor_unit(text);

// How many people live where, for models that ask how large the population is that a table was drawn from.
// Source: ARX 3.9, ARXPopulationModel (censuses and estimates of about 2011 to 2014), kept as it has them, so that answers agree.
// It does not promise to be up to date: whoever knows the number states it.

/** People by region. */
export const regions = Object.freeze({
  Africa: 1_100_000_000,
  Australia: 23_130_900,
  Brazil: 202_656_788,
  Canada: 34_834_841,
  China: 1_366_040_000,
  Europe: 740_000_000,
  'European Union': 507_420_000,
  France: 65_820_916,
  Germany: 80_767_000,
  India: 1_210_569_573,
  'North America': 565_265_000,
  'South America': 385_742_554,
  UK: 63_705_000,
  USA: 317_238_626,
})

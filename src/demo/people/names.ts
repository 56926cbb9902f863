/** Given names as shown; without diacritics they are unique. The prime lengths spread the combinations. */
export const givenNames: readonly string[] =
  `Aaliyah Aiko Alejandra Amara Anders Anjali Anton Ayodele Beatriz Björn Camila Chidi Clara Dagny Dmitri Ebba Elif Emeka Enzo Esra
  Farah Felix Fiona Giulia Hana Henrik Ibrahim Ines Ingrid Isaac Jamal Jana Joaquín Jonas Kaito Karin Kofi Leila Liam Linnéa
  Lucía Marek Mei Mohammed Nadia Naveen Noor Olga Omar Paulo Priya Rafael Renée Sanjay Sofia Tomás Usha Viktor Wanjiru Yusuf Zoë`
    .trim()
    .split(/\s+/);

export const surnames: readonly string[] =
  `Abbott Adeyemi Ahlström Almeida Andersson Bakker Banerjee Becker Bianchi Björk Campos Castillo Chandra Chen Costa Dahl Delgado Demir Dubois Eriksen
  Faber Ferrari Fischer Fontaine Fujita García Gruber Gupta Haddad Hansen Hartmann Hassan Herrera Hoffmann Horvat Ito Ivanova Jansen Jensen Johansson
  Kapoor Karlsson Kaya Keller Kim Kowalski Krüger Kumar Lange Larsen Laurent Lehmann Lindgren López Marino Martin Mbeki Meyer Müller Nakamura
  Navarro Ncube Nguyen Nielsen Novak Nowak Okafor Oliveira Osman Papadakis Park Petrov Pham Ramos Rossi Roux Sato Schmidt Schneider Silva
  Singh Sørensen Suzuki Svensson Takahashi Tran Vargas Weber Yamamoto`
    .trim()
    .split(/\s+/);

const strip = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll('ø', 'o')
    .normalize('NFD')
    .replaceAll(/[^a-z]/g, '');

const stripped: ReadonlyMap<string, string> = new Map([...givenNames, ...surnames].map((name) => [name, strip(name)]));

/** A name as it stands in an address: lower case, letters only. */
export const asciiName = (name: string): string => stripped.get(name) ?? strip(name);

/** Departments in the order of the heads who report to the first person. */
export const departments = [
  'Engineering',
  'Sales',
  'Marketing',
  'Finance',
  'Human Resources',
  'Operations',
  'Legal',
  'Customer Support',
] as const;

export type Department = (typeof departments)[number] | 'Executive';

export const jobTitles: Readonly<Record<Department, readonly string[]>> = {
  Executive: ['Chief Executive Officer'],
  Engineering: [
    'Software Engineer',
    'Senior Software Engineer',
    'Site Reliability Engineer',
    'Engineering Manager',
    'Data Engineer',
  ],
  Sales: ['Account Executive', 'Sales Development Representative', 'Sales Manager', 'Solutions Consultant'],
  Marketing: ['Marketing Specialist', 'Content Strategist', 'Brand Manager', 'Campaign Manager'],
  Finance: ['Accountant', 'Financial Analyst', 'Payroll Specialist', 'Controller'],
  'Human Resources': ['HR Business Partner', 'Recruiter', 'Learning Specialist', 'People Analyst'],
  Operations: ['Operations Analyst', 'Facilities Coordinator', 'Supply Planner', 'IT Administrator'],
  Legal: ['Legal Counsel', 'Paralegal', 'Compliance Officer', 'Contract Manager'],
  'Customer Support': ['Support Engineer', 'Support Specialist', 'Customer Success Manager', 'Support Team Lead'],
};

export interface Office {
  readonly office: string;
  readonly city: string;
  readonly state: string | null;
  readonly country: string;
  readonly usageLocation: string;
  readonly street: string;
  readonly postalCode: string;
  readonly dialing: string;
  readonly language: string;
}

const office = (...cells: readonly string[]): Office => {
  const [
    name = '',
    city = '',
    state = '',
    country = '',
    usageLocation = '',
    street = '',
    postalCode = '',
    dialing = '',
    language = '',
  ] = cells;
  return { office: name, city, state: state || null, country, usageLocation, street, postalCode, dialing, language };
};

export const offices: readonly Office[] = [
  office('Berlin/2', 'Berlin', 'Berlin', 'Germany', 'DE', 'Musterallee 12', '10115', '+49 30 5550', 'de-DE'),
  office('Lisbon/1', 'Lisbon', '', 'Portugal', 'PT', 'Rua do Exemplo 4', '1100-001', '+351 21 555', 'pt-PT'),
  office('Seattle/18', 'Seattle', 'WA', 'United States', 'US', '100 Sample Way', '98101', '+1 206 555', 'en-US'),
  office('Bengaluru/5', 'Bengaluru', 'Karnataka', 'India', 'IN', '7 Demo Road', '560001', '+91 80 5550', 'en-IN'),
  office('Oslo/3', 'Oslo', '', 'Norway', 'NO', 'Eksempelveien 9', '0150', '+47 21 555', 'nb-NO'),
];

// A pipeline with doubtful pairs.

import { writeFileSync } from "node:fs";

const FIRST = ["Ann", "Robert", "Maria", "Peter", "Laura", "Simon", "Helen", "Marcus", "Julia"];
const LAST = ["Smith", "Garcia", "Miller", "Novak", "Larsen", "Moretti", "Fischer", "Okafor"];
const CITIES = ["Leeds", "York", "Hull", "Ripon", "Whitby"];

/** People of whom a shop knows some a little otherwise than the CRM. */
export function people(folder) {
  const [crm, shop, orders] = [["id,name,email,born,city"], ["id,name,email,born,city"], ["order_id,customer,placed,amount"]];
  for (let n = 0; n < FIRST.length * LAST.length; n++) {
    const [first, last] = [FIRST[n % FIRST.length], LAST[n % LAST.length]];
    const mail = `${first}.${last}`.toLowerCase();
    const born = `19${50 + (n % 45)}-${String(1 + (n % 12)).padStart(2, "0")}-${String(1 + (n % 27)).padStart(2, "0")}`;
    const city = CITIES[n % CITIES.length];
    const [other, elsewhere] = [FIRST[(n + 4) % FIRST.length], CITIES[(n + 2) % CITIES.length]];
    crm.push(`${n},${first} ${last},${mail}@example.org,${born},${city}`);
    orders.push(`o${n},${n},2026-0${1 + (n % 9)}-11T10:00:00Z,${10 + n}.50`);
    const known = [
      `${first} ${last},${mail}@example.org,,${elsewhere}`,
      `${first} ${last},${mail}1@example.org,${born},${city}`,
      `${first} ${last},,,${elsewhere}`,
      `${first} ${last},,1999-09-09,${city}`,
      `${other} ${last},,${born},${city}`,
    ][n % 6];
    if (known) shop.push(`s${n},${known}`);
  }
  const save = (name, lines) => writeFileSync(`${folder}/${name}`, lines.join("\n") + "\n");
  save("crm.csv", crm);
  save("shop.csv", shop);
  save("orders.csv", orders);
  writeFileSync(`${folder}/onefold.yaml`, `pipeline: people
sources:
  crm: {path: crm.csv, key: id, fields: {id: {required: true}, name: person_name, email: email, born: date, city: text}}
  shop: {path: shop.csv, key: id, fields: {id: {required: true}, name: person_name, email: email, born: date, city: text}}
  orders: {path: orders.csv, key: order_id, fields: {order_id: {required: true}, customer: text, placed: timestamp, amount: "decimal(12,2)"}}
tables:
  customers:
    resolve:
      from: [crm, shop]
      match: auto
      model: {threshold: 90%, possible: 2%}
      id: {name: customer_id, prefix: C}
      state: customers.state
      decisions: decisions.csv
outputs:
  - {table: customers, path: customers.csv}
  - {table: orders, path: orders_out.csv}
`);
}

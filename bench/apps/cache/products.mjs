import { makeProduct } from '../../dist/common/product.js';
import { idOf } from './content.mjs';

/** About 1 kB of JSON. */
export const productOf = (index) => makeProduct(idOf(index));

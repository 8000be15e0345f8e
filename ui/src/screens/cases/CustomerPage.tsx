import { useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Customer } from './Customer';
import { CustomerData } from './CustomerData';
import css from './case.module.css';

/** A customer on a page of their own. */
export function CustomerPage() {
  const { client, id } = useParams({ strict: false }) as { client: string; id: string };
  useEffect(() => {
    document.title = 'Customer · Baton';
  }, []);
  return (
    <div className={css.customerPage}>
      <h1 className={css.customerTitle}>Customer</h1>
      <Customer client={client} id={id} key={`${client}/${id}`} />
      <CustomerData client={client} id={id} key={`data of ${client}/${id}`} />
    </div>
  );
}
